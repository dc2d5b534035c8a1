// What the compressed parts of a PDF come to, before anything opens it: its reader inflates each whole, and a page
// of a megabyte of zeros would take all the memory there is. Parts of encrypted files cannot be looked into.
import { Unzlib } from "fflate";
import { LoadError } from "../blocks.ts";
import { shown } from "./collected.ts";
import type { Limits } from "./limits.ts";
import { latin1 } from "./signatures.ts";

/** Of all that may be inflated, what one part may come to. A page of print is some 10,000 bytes. */
const SHARE = 0.4;
/** Bytes before a part in which its dictionary is looked for. */
const DICTIONARY = 600;
/** Bytes that are inflated at once. */
const PIECE = 4096;

/** @throws {LoadError} too_large */
export function measureStreams(bytes: Uint8Array, limits: Limits): void {
  const mostOfOne = Math.floor(limits.inflated * SHARE);
  const mostOfAll = 4 * limits.inflated;
  let all = 0;
  for (const { from, end } of streamsIn(bytes)) {
    const size = inflatedSize(bytes.subarray(from, end), mostOfOne);
    all += size;
    const most = size > mostOfOne ? mostOfOne : all > mostOfAll ? mostOfAll : null;
    if (most !== null)
      throw new LoadError("too_large", `its parts come to more than ${shown(most)} bytes`);
  }
}

/** Where data stands that looks as if zlib had made it, pictures apart: those are never asked for. */
function* streamsIn(bytes: Uint8Array): Generator<{ from: number; end: number }> {
  for (let at = find(bytes, STREAM, 0); at >= 0; at = find(bytes, STREAM, at + STREAM.length)) {
    if (bytes[at - 1] === 0x64) continue; // of "endstream"
    let from = at + STREAM.length;
    if (bytes[from] === 0x0d) from++;
    if (bytes[from] === 0x0a) from++;
    const first = bytes[from] ?? 0;
    if ((first & 0x0f) !== 8 || ((first << 8) | (bytes[from + 1] ?? 0)) % 31 !== 0) continue;
    const before = latin1(bytes.subarray(Math.max(0, at - DICTIONARY), at));
    const dictionary = before.slice(before.lastIndexOf(" obj") + 1);
    if (/\/Subtype\s*\/Image\b/.test(dictionary)) continue;
    // Its own length may be told elsewhere; its end may stand in it by chance, or on purpose.
    const told = Number(/\/Length\s+(\d+)(?!\s+\d+\s+R)/.exec(dictionary)?.[1] ?? 0);
    const ending = find(bytes, ENDSTREAM, from);
    yield { from, end: Math.max(ending < 0 ? bytes.length : ending, from + told) };
  }
}

const STREAM = new TextEncoder().encode("stream");
const ENDSTREAM = new TextEncoder().encode("endstream");

function find(bytes: Uint8Array, word: Uint8Array, from: number): number {
  const [first = 0] = word;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1;
    while (same < word.length && bytes[at + same] === word[same]) same++;
    if (same === word.length) return at;
  }
  return -1;
}

/** At least; no more is inflated than passes `most`. */
function inflatedSize(data: Uint8Array, most: number): number {
  let size = 0;
  const inflate = new Unzlib((piece) => {
    size += piece.length;
  });
  try {
    for (let at = 0; at < data.length; at += PIECE) {
      inflate.push(data.subarray(at, at + PIECE), false);
      if (size > most) break;
    }
  } catch {
    // Damaged, or something else: that is for the reader to say.
  }
  return size;
}
