// Files that are no text, told by their first bytes; and what they are called to whoever sent one.
// Which files can be read is decided in detect.ts.

/** By their first bytes, Latin-1; the place where they stand, if not at the beginning. */
const SIGNATURES: readonly (readonly [start: string, name: string, at?: number])[] = [
  ["\x89PNG\r\n\x1a\n", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["GIF87a", "a GIF picture"],
  ["GIF89a", "a GIF picture"],
  ["II*\0", "a TIFF picture"],
  ["MM\0*", "a TIFF picture"],
  ["\0\0\x01\0", "an icon"],
  ["8BPS", "a Photoshop picture"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000 picture"],
  ["WEBP", "a WebP picture", 8],
  ["WAVE", "a WAV recording", 8],
  ["AVI ", "an AVI film", 8],
  ["ftyphei", "a HEIF picture", 4],
  ["ftypmif1", "a HEIF picture", 4],
  ["ftypavif", "an AVIF picture", 4],
  ["ftypM4A", "an MP4 recording", 4],
  ["ftyp", "an MP4 film", 4],
  ["\x1aE\xdf\xa3", "a Matroska or WebM film"],
  ["ID3", "an MP3 recording"],
  ["OggS", "an Ogg recording"],
  ["fLaC", "a FLAC recording"],
  ["MZ", "a Windows program"],
  ["\x7fELF", "a Linux program"],
  ["\xfe\xed\xfa\xce", "a macOS program"],
  ["\xfe\xed\xfa\xcf", "a macOS program"],
  ["\xce\xfa\xed\xfe", "a macOS program"],
  ["\xcf\xfa\xed\xfe", "a macOS program"],
  ["\xca\xfe\xba\xbe", "a program"],
  ["\0asm", "a WebAssembly program"],
  ["\x1f\x8b", "a gzip archive"],
  ["BZh", "a bzip2 archive"],
  ["\xfd7zXZ\0", "an xz archive"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive"],
  ["Rar!\x1a\x07", "a RAR archive"],
  ["\x28\xb5\x2f\xfd", "a Zstandard archive"],
  ["ustar", "a tar archive", 257],
  ["SQLite format 3\0", "an SQLite database"],
  ["{\\rtf", "an RTF document: save it as DOCX or PDF"],
  ["%!PS", "a PostScript document: save it as PDF"],
  ["wOFF", "a font"],
  ["wOF2", "a font"],
  ["\0\x01\0\0\0", "a font"],
  ["OTTO", "a font"],
  ["bplist", "a property list"],
  ["PAR1", "a Parquet file"],
];

/** What a file is called that begins so, or null. Windows' `BM` and `MZ` begin words, too: a zero must follow. */
export function signatureOf(bytes: Uint8Array): string | null {
  const head = latin1(bytes.subarray(0, 512));
  for (const [start, name, at = 0] of SIGNATURES) {
    if (!head.startsWith(start, at)) continue;
    if ((start === "MZ" || start === "BZh" || start === "ID3") && !head.includes("\0")) continue;
    return name;
  }
  if (head.startsWith("BM") && head.startsWith("\0\0\0\0", 6)) return "a BMP picture";
  return null;
}

export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

const OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/**
 * What Microsoft's older container holds, by its directory's entries ([MS-CFB] 2.6.1: of 128 bytes each, the name in
 * UTF-16 first, its length at 64): older Office files, and newer ones that are encrypted. Null if it is none.
 */
export function olderOffice(bytes: Uint8Array): { encrypted: boolean; name: string } | null {
  if (!latin1(bytes.subarray(0, 8)).startsWith(OLE)) return null;
  const holds = (name: string) => hasEntry(bytes, name);
  if (holds("EncryptedPackage")) return { encrypted: true, name: "an encrypted Office document" };
  if (holds("WordDocument"))
    return { encrypted: false, name: "a Word document of before 2007: save it as DOCX" };
  if (holds("Workbook") || holds("Book"))
    return { encrypted: false, name: "an Excel workbook: save its sheets as CSV" };
  if (holds("PowerPoint Document"))
    return { encrypted: false, name: "a PowerPoint presentation: save it as PDF" };
  return { encrypted: false, name: "an Office file of before 2007" };
}

function hasEntry(bytes: Uint8Array, name: string): boolean {
  const length = 2 * (name.length + 1);
  for (let at = 512; at + 128 <= bytes.length; at += 128) {
    if (bytes[at + 64] !== length || bytes[at + 65] !== 0) continue;
    let same = 0;
    while (same < name.length && bytes[at + 2 * same] === name.charCodeAt(same)) same++;
    if (same === name.length) return true;
  }
  return false;
}
