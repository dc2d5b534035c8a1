// Hits and misses of the exact cache, on their way to the object that shows them. They are gathered,
// since a call for each would cost a turn more than the lookup does; an isolate that ends takes its
// last few along.
import type { Counts } from "./semantic-calls.ts";

/** Lookups, and milliseconds, after which they are told. */
const MANY = 50;
const LONG = 5000;
/** Tenants whose counts are held; the one that came first loses its own. */
const TENANTS = 1000;

export class CountsGathered {
  readonly #now: () => number;
  readonly #gathered = new Map<string, Counts & { since: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(tenant_id: string, hit: boolean): void {
    const known = this.#gathered.get(tenant_id) ?? { hits: 0, misses: 0, since: this.#now() };
    known[hit ? "hits" : "misses"]++;
    this.#gathered.set(tenant_id, known);
    const [first] = this.#gathered.keys();
    if (this.#gathered.size > TENANTS && first !== undefined) this.#gathered.delete(first);
  }

  /** All of them: whoever asks tells. */
  take(tenant_id: string): Counts {
    const { hits, misses } = this.#gathered.get(tenant_id) ?? { hits: 0, misses: 0 };
    this.#gathered.delete(tenant_id);
    return { hits, misses };
  }

  /** Those that should be told now; null while that can wait. */
  due(tenant_id: string): Counts | null {
    const known = this.#gathered.get(tenant_id);
    if (known === undefined) return null;
    const wait = known.hits + known.misses < MANY && this.#now() - known.since < LONG;
    return wait ? null : this.take(tenant_id);
  }
}
