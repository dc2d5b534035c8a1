// The circuits of one provider's models, as the object that owns them keeps them: counted in one
// place, and probed by one asker at a time.
import { type BreakerPolicy, type Circuit, CLOSED, failed, phaseOf } from "./breaker.ts";
import type { BreakerCalls, Circuits } from "./breakers.ts";

/** Milliseconds: whoever was told to probe has this long before another is. */
const PROBE = 30_000;
/** Models: callers may name any. The one that failed longest ago goes. */
const MOST = 200;

/** Where they are kept while the object is away. */
type Store = { get: () => Circuits | undefined; put: (circuits: Circuits) => void };

export class ProviderCircuits {
  readonly #policy: BreakerPolicy;
  readonly #now: () => number;
  readonly #store: Store;
  readonly #circuits: Map<string, Circuit>;
  /** Until when somebody has the probe of a model. */
  readonly #probing = new Map<string, number>();

  constructor(policy: BreakerPolicy, store: Store, now: () => number) {
    this.#policy = policy;
    this.#now = now;
    this.#store = store;
    this.#circuits = new Map(Object.entries(store.get() ?? {}));
  }

  report(model: string, ended: Parameters<BreakerCalls["report"]>[1]): Circuits {
    this.#probing.delete(model);
    if (ended.failed) {
      const before = this.#circuits.get(model) ?? CLOSED;
      this.#circuits.delete(model); // so that the order is that of the last failures
      this.#circuits.set(model, failed(before, this.#policy, this.#now(), ended.wait));
      for (const oldest of this.#circuits.keys()) {
        if (this.#circuits.size <= MOST) break;
        this.#circuits.delete(oldest);
      }
      this.#keep();
    } else if (this.#circuits.delete(model)) this.#keep();
    return this.#all();
  }

  look(asks: boolean): { circuits: Circuits; probes: string[] } {
    if (!asks) return { circuits: this.#all(), probes: [] };
    const now = this.#now();
    const probes = [...this.#circuits].flatMap(([model, circuit]) =>
      phaseOf(circuit, this.#policy, now) === "half_open" && (this.#probing.get(model) ?? 0) <= now
        ? [model]
        : [],
    );
    for (const model of probes) this.#probing.set(model, now + PROBE);
    return { circuits: this.#all(), probes };
  }

  #all(): Circuits {
    return Object.fromEntries(this.#circuits);
  }

  #keep(): void {
    this.#store.put(this.#all());
  }
}
