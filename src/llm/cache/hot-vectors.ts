// The vectors of partitions that are asked often, in memory, within a byte budget: what was asked
// longest ago goes first. Storage has all of it; here nothing is ever the only copy.
import type { Packed } from "./vectors.ts";

/** Bytes. An object shares 128 MB with everything else of its isolate. */
const BUDGET = 24 * 1024 * 1024;
/** Bytes that an entry takes beside its vector and its text, about. */
const OVERHEAD = 200;

export type HotEntry = { id: number; created_at: number; text: string; vector: Packed };

export const sizeOf = ({ text, vector }: HotEntry) =>
  vector.bytes.byteLength + text.length * 2 + OVERHEAD;

/** Of the budget: of one partition no more is looked at, its newest. Of 256 numbers that is 10,000; of 1,536, 4,500. */
const PARTITION = 1 / 3;

type Partition = { entries: Map<number, HotEntry>; bytes: number };

export class HotVectors {
  readonly #budget: number;
  /** Asked longest ago first. */
  readonly #partitions = new Map<string, Partition>();
  #bytes = 0;

  constructor(budget = BUDGET) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(partition: string): Iterable<HotEntry> | null {
    const known = this.#partitions.get(partition);
    if (known === undefined) return null;
    this.#partitions.delete(partition);
    this.#partitions.set(partition, known);
    return known.entries.values();
  }

  /** Whether so many bytes of one partition have a place here. */
  takes(bytes: number): boolean {
    return bytes <= this.#budget * PARTITION;
  }

  /** A partition's entries, newest last: all of them, or as many as have a place. */
  load(partition: string, entries: readonly HotEntry[]): void {
    this.drop(partition);
    const loaded: Partition = { entries: new Map(), bytes: 0 };
    this.#partitions.set(partition, loaded);
    for (const entry of entries) this.add(partition, entry);
  }

  /** Into a partition that is here; of another, all would be missing but this one. */
  add(partition: string, entry: HotEntry): void {
    const known = this.#partitions.get(partition);
    if (known === undefined) return;
    this.remove(partition, entry.id);
    const bytes = sizeOf(entry);
    known.entries.set(entry.id, entry);
    known.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of known.entries.keys()) {
      if (this.takes(known.bytes)) break;
      this.remove(partition, oldest);
    }
    this.#fit();
  }

  remove(partition: string, id: number): void {
    const known = this.#partitions.get(partition);
    const entry = known?.entries.get(id);
    if (known === undefined || entry === undefined) return;
    known.entries.delete(id);
    known.bytes -= sizeOf(entry);
    this.#bytes -= sizeOf(entry);
  }

  drop(partition: string): void {
    this.#bytes -= this.#partitions.get(partition)?.bytes ?? 0;
    this.#partitions.delete(partition);
  }

  clear(): void {
    this.#partitions.clear();
    this.#bytes = 0;
  }

  #fit(): void {
    for (const partition of this.#partitions.keys()) {
      if (this.#bytes <= this.#budget) return;
      this.drop(partition);
    }
  }
}
