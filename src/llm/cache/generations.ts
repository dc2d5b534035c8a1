// Which generation a tenant's answers are in. Forgetting them all begins a new one: what was kept before is
// in another partition then, wherever it lies.
import type { Identity } from "./identity.ts";

/** Milliseconds for which what is known is believed. For as long an isolate may give what was forgotten. */
export const BELIEVED = 60_000;
/** Tenants that are known of; whoever was asked for longest ago goes first. */
const TENANTS = 1000;

export class Generations {
  readonly #read: (tenant_id: string) => Promise<number>;
  readonly #now: () => number;
  readonly #known = new Map<string, { generation: number; at: number }>();

  constructor(read: (tenant_id: string) => Promise<number>, now: () => number) {
    this.#read = read;
    this.#now = now;
  }

  /** Rejects where nobody can tell: then nothing is given, and nothing kept. */
  async of({ tenant_id }: Pick<Identity, "tenant_id">): Promise<number> {
    const at = this.#now();
    const known = this.#known.get(tenant_id);
    if (known !== undefined && Math.abs(at - known.at) < BELIEVED) return known.generation;
    const generation = await this.#read(tenant_id);
    this.#known.delete(tenant_id);
    // As of when it was asked for: it may have been raised since.
    this.#known.set(tenant_id, { generation, at });
    const [first] = this.#known.keys();
    if (this.#known.size > TENANTS && first !== undefined) this.#known.delete(first);
    return generation;
  }

  forget(tenant_id: string): void {
    this.#known.delete(tenant_id);
  }
}
