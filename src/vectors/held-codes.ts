// The codes of one namespace in memory, in blocks that many segments share: a document of one chunk must
// not cost an allocation of its own. What is in here is what was last read from storage.
import { type Codes, bytesOf, decode, makeCodes } from "./int8-codes.ts";

/** What is known of a segment without its contents. */
export type Segment = {
  id: number;
  /** Of the write that made it what it is. */
  stamp: number;
  part: string;
  collection: string;
  vectors: number;
};

/** Vectors of a segment that lie together: from `start` on. */
export type Stretch = { segment: Segment; codes: Codes; start: number };

type Block = { codes: Codes; used: number; room: number };

const BLOCK_BYTES = 1024 * 1024;
/** Of a segment's objects, its strings and its entry: about. */
const SEGMENT_BYTES = 256;

export class HeldCodes {
  readonly dimensions: number;
  /** Of the last write that is in here. */
  stamp = 0;
  /** Whether all of it is in here. */
  whole = false;
  readonly #segments = new Map<number, Stretch>();
  readonly #blocks: Block[] = [];
  #blockBytes = 0;
  #vectors = 0;
  /** Room of vectors that are gone. */
  #lost = 0;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  get bytes(): number {
    return this.#blockBytes + this.#segments.size * SEGMENT_BYTES;
  }

  /** Whether reading everything anew would free much. */
  get sparse(): boolean {
    return this.#lost > 1000 && this.#lost > this.#vectors / 4;
  }

  has({ id, stamp }: Segment): boolean {
    return this.#segments.get(id)?.segment.stamp === stamp;
  }

  /** In the order in which they lie. */
  stretches(): Iterable<Stretch> {
    return this.#segments.values();
  }

  /** @param among that are there now, by their ids */
  keep(among: ReadonlyMap<number, Segment>): void {
    for (const [id, { segment }] of this.#segments) {
      if (among.get(id)?.stamp === segment.stamp) continue;
      this.#segments.delete(id);
      this.#vectors -= segment.vectors;
      this.#lost += segment.vectors;
    }
  }

  /**
   * @param coming how many vectors are about to be added, this segment's among them
   * @param budget of bytes
   * @returns false where it would take more than that
   */
  add(segment: Segment, blob: ArrayBuffer, coming: number, budget: number): boolean {
    const block = this.#blockFor(segment.vectors, coming, budget - SEGMENT_BYTES);
    if (block === null) return false;
    const start = block.used;
    const { heads, codes } = decode(blob, segment.vectors);
    block.codes.heads.set(heads, start * 2);
    block.codes.codes.set(codes, start * this.dimensions);
    block.used += segment.vectors;
    this.#vectors += segment.vectors;
    this.#segments.set(segment.id, { segment, codes: block.codes, start });
    return true;
  }

  /** A segment lies in one block. The last one is filled first. */
  #blockFor(vectors: number, coming: number, budget: number): Block | null {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.used + vectors <= last.room)
      return this.bytes <= budget ? last : null;
    const each = bytesOf(this.dimensions);
    // As much as comes; where little comes at a time, a quarter of what is there; and what there is room for.
    const wanted = Math.min(Math.max(coming, this.#vectors / 4), BLOCK_BYTES / each);
    const most = Math.floor((budget - this.bytes) / each);
    if (vectors > most) return null;
    const room = Math.min(most, Math.ceil(Math.max(vectors, wanted)));
    const block = { codes: makeCodes(room, this.dimensions), used: 0, room };
    this.#blocks.push(block);
    this.#blockBytes += room * each;
    return block;
  }
}
