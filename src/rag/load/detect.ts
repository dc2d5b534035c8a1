// What kind of file this is, by what is in it. A name and a declared type are believed only where kinds
// of text look alike.
import { type FileKind, LoadError } from "../blocks.ts";
import { charsetOf, decoded, encodingOf } from "./encoding.ts";
import { latin1, olderOffice, signatureOf } from "./signatures.ts";
import { textKind } from "./text-kind.ts";
import { partsOf } from "./zip.ts";

/** What came with a file. Both may be wrong. */
export type Hints = { name: string | null; type: string | null };

/** Bytes that are looked at. */
const SAMPLE = 64 * 1024;
/** How ZIP archives begin: with a part, with none, or as a part of several. */
const ZIPS = ["PK\x03\x04", "PK\x05\x06", "PK\x07\x08"] as const;
/** Readers of PDF accept what stands before its first line, so far (ISO 32000-1, Annex H). */
const PDF_WITHIN = 1024;

const DECLARED: Readonly<Record<string, FileKind>> = {
  "application/pdf": "pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "text/html": "html",
  "application/xhtml+xml": "html",
  "text/markdown": "markdown",
  "text/x-markdown": "markdown",
  "text/csv": "csv",
  "text/tab-separated-values": "csv",
  "application/csv": "csv",
  "application/json": "json",
  "application/ld+json": "json",
  "application/jsonl": "json",
  "application/x-ndjson": "json",
};
const NAMED: Readonly<Record<string, FileKind>> = {
  pdf: "pdf",
  docx: "docx",
  docm: "docx",
  dotx: "docx",
  htm: "html",
  html: "html",
  xhtml: "html",
  md: "markdown",
  markdown: "markdown",
  mdown: "markdown",
  mdx: "markdown",
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  json: "json",
  jsonl: "json",
  ndjson: "json",
  geojson: "json",
};

/** @throws {LoadError} empty, unsupported, encrypted */
export function detectKind(bytes: Uint8Array, hints: Hints): FileKind {
  if (bytes.length === 0) throw new LoadError("empty", "it has no bytes");
  const head = latin1(bytes.subarray(0, SAMPLE));
  const hinted = hintedKind(hints);
  if (isPdf(head) || (hinted === "pdf" && /\bendobj\b/.test(head))) return "pdf";
  if (ZIPS.some((start) => head.startsWith(start))) return zipKind(bytes, head, hinted);
  const older = olderOffice(bytes);
  if (older !== null)
    throw new LoadError(older.encrypted ? "encrypted" : "unsupported", older.name);
  const signature = signatureOf(bytes);
  if (signature !== null) throw new LoadError("unsupported", `it is ${signature}`);
  const encoding = encodingOf(bytes.subarray(0, SAMPLE), charsetOf(hints.type));
  const [text = ""] = decoded(bytes.subarray(0, SAMPLE), encoding);
  if (isBinary(text)) throw new LoadError("unsupported", "it is no text");
  const kind = textKind(text.replace(/^\ufeff/, ""), {
    whole: bytes.length <= SAMPLE,
    last:
      latin1(bytes.subarray(-256))
        .replaceAll(/[\0\s]/g, "")
        .at(-1) ?? "",
    hinted,
  });
  if (kind === "svg") throw new LoadError("unsupported", "it is an SVG picture");
  return kind;
}

function hintedKind({ name, type }: Hints): FileKind | null {
  const extension = /\.([a-z0-9]+)$/i.exec(name?.trim() ?? "")?.[1]?.toLowerCase() ?? "";
  const mime = (type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return known(NAMED, extension) ?? known(DECLARED, mime);
}

function known(kinds: Readonly<Record<string, FileKind>>, key: string): FileKind | null {
  return Object.hasOwn(kinds, key) ? (kinds[key] ?? null) : null;
}

/**
 * Prose that is about PDF may have its mark; only the beginning, or an object behind it, makes it one. One whose first
 * line is spoilt is known by its name and its objects.
 */
function isPdf(head: string): boolean {
  const at = head.slice(0, PDF_WITHIN).indexOf("%PDF-");
  if (at < 0) return false;
  return head.slice(0, at).trim() === "" || /\s\d+ \d+ obj\b/.test(head.slice(at, at + 4096));
}

function zipKind(bytes: Uint8Array, head: string, hinted: FileKind | null): FileKind {
  // A document without its end has no directory, but begins with the names of its parts.
  const names =
    namesIn(bytes) ??
    head.split(ZIPS[0]).map((part) => /^[^]{26}([\w[\]./-]+)/.exec(part)?.[1] ?? "");
  const has = (folder: string) => names.some((name) => name.toLowerCase().startsWith(folder));
  if (has("word/")) return "docx";
  const name = has("xl/")
    ? "an Excel workbook (XLSX): save its sheets as CSV"
    : has("ppt/")
      ? "a PowerPoint presentation (PPTX): save it as PDF"
      : head.includes("mimetypeapplication/vnd.oasis.opendocument.text")
        ? "an OpenDocument text (ODT): save it as DOCX or PDF"
        : head.includes("mimetypeapplication/vnd.oasis.opendocument")
          ? "an OpenDocument file (ODS, ODP): save it as PDF or CSV"
          : head.includes("mimetypeapplication/epub+zip")
            ? "an EPUB book: save it as PDF or HTML"
            : null;
  if (name !== null) throw new LoadError("unsupported", `it is ${name}`);
  if (hinted === "docx" && names.every((part) => part.startsWith("["))) return "docx";
  throw new LoadError("unsupported", "it is a ZIP archive: upload the files in it");
}

function namesIn(bytes: Uint8Array): string[] | null {
  try {
    return [...partsOf(bytes).keys()];
  } catch {
    return null;
  }
}

/** Text has no control characters but a few strays; zeros are taken out of it anyhow. */
function isBinary(text: string): boolean {
  let controls = 0;
  let zeros = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0) zeros++;
    else if (code < 0x20 ? (code < 0x09 || code > 0x0d) && code !== 0x1b : isOdd(code)) controls++;
  }
  return (zeros > 0 && zeros === text.length) || controls > text.length / 20;
}

/** Controls of Latin-1, and what stands for bytes that are no character. */
const isOdd = (code: number) => (code >= 0x7f && code <= 0x9f) || code === 0xfffd;
