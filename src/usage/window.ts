// A sliding window over what happened lately: how much, and of what weight. Each question costs the
// same however much is in it.

export type Entry = { readonly at: number; weight: number };

export class Window {
  readonly #span: number;
  /** Oldest first, from `#head` on; what was taken back is still here, and not in `#live`. */
  #entries: Entry[] = [];
  #head = 0;
  readonly #live = new Set<Entry>();
  #weight = 0;

  /** @param span milliseconds */
  constructor(span: number) {
    this.#span = span;
  }

  /** How many there are. */
  count(now: number): number {
    this.#slide(now);
    return this.#live.size;
  }

  /** What they weigh together. */
  weight(now: number): number {
    this.#slide(now);
    return this.#weight;
  }

  /** Adds the newest; what is too old leaves, whether or not anybody asks. */
  add(entry: Entry): void {
    this.#slide(entry.at);
    this.#entries.push(entry);
    this.#live.add(entry);
    this.#weight += entry.weight;
  }

  /** Gives an entry another weight, wherever it is by now. */
  weigh(entry: Entry, weight: number): void {
    if (this.#live.has(entry)) this.#weight += weight - entry.weight;
    entry.weight = weight;
  }

  /** Takes an entry back. */
  remove(entry: Entry): void {
    if (this.#live.delete(entry)) this.#weight -= entry.weight;
  }

  /** When so many entries, or so much weight, will have left: milliseconds since 1970. */
  freeAt(now: number, wanted: { entries: number } | { weight: number }): number {
    this.#slide(now);
    let left = "entries" in wanted ? wanted.entries : wanted.weight;
    let at = now;
    for (const entry of this.#live) {
      if (left <= 0) break;
      left -= "entries" in wanted ? 1 : entry.weight;
      at = entry.at + this.#span;
    }
    return at;
  }

  #slide(now: number): void {
    for (
      let entry = this.#entries[this.#head];
      entry !== undefined;
      entry = this.#entries[this.#head]
    ) {
      if (entry.at > now - this.#span) break;
      this.remove(entry);
      this.#head++;
    }
    if (this.#head < 1024) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
