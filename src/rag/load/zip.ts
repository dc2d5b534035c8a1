// A ZIP archive's parts, inflated in pieces and counted as they come: what an archive says of its sizes is
// believed nowhere.
import { Inflate } from "fflate";
import { LoadError } from "../blocks.ts";
import { shown } from "./collected.ts";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** The end of the directory stands within its own 22 bytes and the longest comment of the file's end. */
const END_WITHIN = 22 + 0xffff;
/** Parts of an archive: a document of a thousand pictures has a tenth of it. */
const MOST_PARTS = 10_000;
/** Compressed bytes that are inflated at once: what comes of them is held, and may be a thousandfold. */
const PIECE = 4096;

export type Part = {
  name: string;
  method: number;
  encrypted: boolean;
  /** Of its local header. */
  at: number;
  /** Compressed bytes. */
  size: number;
};

/**
 * What the directory at the end lists.
 * @throws {LoadError} corrupt where there is none, or it points out of the file
 */
export function partsOf(bytes: Uint8Array): Map<string, Part> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  if (count > MOST_PARTS) throw new LoadError("too_large", `more than ${shown(MOST_PARTS)} parts`);
  const parts = new Map<string, Part>();
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) throw cutShort();
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    parts.set(name.replaceAll("\\", "/"), {
      name,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      at: view.getUint32(at + 42, true),
      size: view.getUint32(at + 20, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return parts;
}

/** Bytes that came of inflating, against what may come of it. */
export class Inflated {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws {LoadError} too_large */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#most)
      throw new LoadError("too_large", `its parts come to more than ${shown(this.#most)} bytes`);
  }
}

/**
 * A part's bytes, piece by piece.
 * @throws {LoadError} too_large as soon as `inflated` has counted too many; encrypted; corrupt
 */
export function* piecesOf(
  bytes: Uint8Array,
  part: Part,
  inflated: Inflated,
): Generator<Uint8Array> {
  if (part.encrypted) throw new LoadError("encrypted");
  const data = dataOf(bytes, part);
  if (part.method === STORED) {
    inflated.count(data.length);
    yield data;
    return;
  }
  if (part.method !== DEFLATED) throw new LoadError("corrupt", "compressed in an unknown way");
  const ready: Uint8Array[] = [];
  const inflate = new Inflate((piece) => {
    inflated.count(piece.length);
    ready.push(piece);
  });
  for (let at = 0; at < data.length; at += PIECE) {
    inflate.push(data.subarray(at, at + PIECE), at + PIECE >= data.length);
    yield* ready.splice(0);
  }
}

function dataOf(bytes: Uint8Array, { at, size }: Part): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL) throw cutShort();
  const from = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (from + size > bytes.length) throw cutShort();
  return bytes.subarray(from, from + size);
}

function endOf(view: DataView): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= 0 && at > last - END_WITHIN; at--)
    if (view.getUint32(at, true) === END) return at;
  throw cutShort();
}

function cutShort(): LoadError {
  return new LoadError("corrupt", "the archive has no whole directory");
}
