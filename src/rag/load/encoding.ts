// Bytes that are text, decoded: UTF-8, UTF-16 with and without a mark, what is declared, else
// windows-1252 (of which Latin-1 is a part). What the text means is read elsewhere.
import { LoadError } from "../blocks.ts";
import { refuseText } from "./collected.ts";
import type { Limits } from "./limits.ts";

/** Bytes that are decoded at a time. */
const PIECE = 256 * 1024;
/** Bytes that are looked at to tell an encoding without a mark. */
const SAMPLE = 64 * 1024;

/** The label of the encoding, as TextDecoder takes it. */
export function encodingOf(bytes: Uint8Array, declared: string | null): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const wide = unmarkedUtf16(bytes);
  if (wide !== null) return wide;
  const named = known(declared);
  if (named !== null && !named.startsWith("utf-")) return named;
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

/** The text in pieces; a character is never cut in two, but for one outside the first 65,536. */
export function* decoded(bytes: Uint8Array, encoding: string): Generator<string> {
  const decoder = new TextDecoder(encoding);
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = decoder.decode(bytes.subarray(at, at + PIECE), { stream: true });
    if (piece !== "") yield piece;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** All of it. @throws {LoadError} too_large as soon as more has been decoded than may be */
export function textOf(bytes: Uint8Array, declared: string | null, limits: Limits): string {
  const pieces: string[] = [];
  let units = 0;
  for (const piece of decoded(bytes, encodingOf(bytes, declared))) {
    units += piece.length;
    refuseText(units, limits);
    pieces.push(piece);
  }
  const text = pieces.join("").replaceAll("\u0000", "");
  if (text.trim() === "") throw new LoadError("empty");
  return text;
}

/** The charset in a declared type, `text/plain; charset=iso-8859-1`. */
export function charsetOf(type: string | null): string | null {
  return /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(type ?? "")?.[1] ?? null;
}

function known(label: string | null): string | null {
  if (label === null) return null;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

/** In UTF-16 what is ASCII, if only its spaces and line ends, has a zero in the same place of each pair. */
function unmarkedUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 0];
  for (let at = 0; at < sample.length; at++)
    if (sample[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // At least one unit in fifty: a text in which zeros are strays has fewer, and has them in both places.
  if (even + odd < Math.max(2, sample.length / 100)) return null;
  if (odd > 20 * even) return "utf-16le";
  return even > 20 * odd ? "utf-16be" : null;
}

/**
 * Whether it is UTF-8, or was meant to be: a few broken characters are no reason to misread all the others.
 */
function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  let sound = 0;
  let broken = 0;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    // What is cut off at the end is not looked at.
    const text = decoder.decode(piece, { stream: true });
    if (text.length === piece.length && !text.includes("\ufffd")) continue; // ASCII
    for (const [run] of text.matchAll(/\P{ASCII}+/gu)) {
      const marks = run.split("\ufffd").length - 1;
      broken += marks;
      sound += run.length - marks;
    }
  }
  return broken * 20 <= sound;
}
