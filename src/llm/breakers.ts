// What this isolate knows of the circuits of all models. The truth is an object per provider; it is
// read in the background and never waited for, so that what one isolate learnt spares the others the
// lesson, and none of them a request its time.
import { thrownFields, type Log } from "../telemetry/log.ts";
import {
  type BreakerPolicy,
  type Circuit,
  CLOSED,
  failed,
  type Phase,
  phaseOf,
} from "./breaker.ts";

export type Circuits = Record<string, Circuit>;

/** What may be asked of the object of a provider. */
export interface BreakerCalls {
  /** A call of `model` ended: a failure (with the wait that was asked for, if any), or not. */
  report(model: string, ended: { failed: boolean; wait?: number | undefined }): Promise<Circuits>;
  /**
   * All circuits that are not closed, and the models that the asker may probe.
   * @param asks whether it is going to ask one: else it is given no probe
   */
  look(asks: boolean): Promise<{ circuits: Circuits; probes: string[] }>;
}

/** Milliseconds: what is known is at most this old when it is used, but for the time a reading takes. */
const FRESH = 5000;

type Known = {
  circuits: Map<string, Circuit>;
  /** Models that this isolate may probe: one call each. */
  probes: Set<string>;
  /** Models that a call of this isolate is probing. */
  probing: Set<string>;
  read_at: number;
};

export class Breakers {
  readonly policy: BreakerPolicy;
  readonly #object: (provider: string) => BreakerCalls;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #known = new Map<string, Known>();

  constructor(
    policy: BreakerPolicy,
    services: {
      object: (provider: string) => BreakerCalls;
      /** Keeps work alive beyond the request that began it. */
      background: (work: Promise<unknown>) => void;
      now: () => number;
      log: Log;
    },
  ) {
    this.policy = policy;
    this.#object = services.object;
    this.#background = services.background;
    this.#now = services.now;
    this.#log = services.log;
  }

  /**
   * As far as it is known here; what is older is read anew meanwhile.
   * @param asks whether a model is about to be asked: then a probe may be taken for it
   */
  phase(provider: string, model: string, asks = false): Phase {
    const known = this.#of(provider);
    if (this.#now() - known.read_at >= FRESH) this.#background(this.refresh(provider, asks));
    return this.#phase(known, model);
  }

  /** Whether the one call that may find out whether a half-open circuit can close is this isolate's. */
  mayProbe(provider: string, model: string): boolean {
    const { probes, probing } = this.#of(provider);
    return probes.has(model) && !probing.has(model);
  }

  /**
   * Takes that call, or, where nobody else could be asked, one of its own. False while a call of this
   * isolate is finding out already. To be given back with {@link returnProbe}.
   */
  takeProbe(provider: string, model: string): boolean {
    const { probes, probing } = this.#of(provider);
    if (probing.has(model)) return false;
    probes.delete(model);
    probing.add(model);
    return true;
  }

  /** The call is over, however it ended. */
  returnProbe(provider: string, model: string): void {
    this.#of(provider).probing.delete(model);
  }

  /** Milliseconds until a model may be asked again. */
  wait(provider: string, model: string): number {
    const until = this.#of(provider).circuits.get(model)?.until ?? 0;
    return Math.max(0, until - this.#now());
  }

  failed(provider: string, model: string, wait: number | undefined): void {
    const known = this.#of(provider);
    const before = known.circuits.get(model) ?? CLOSED;
    known.circuits.set(model, failed(before, this.policy, this.#now(), wait));
    this.#background(this.#tell(provider, model, { failed: true, wait }));
  }

  succeeded(provider: string, model: string): void {
    // Nothing to tell of what was well before: a healthy turn costs no call.
    if (!this.#of(provider).circuits.delete(model)) return;
    this.#background(this.#tell(provider, model, { failed: false }));
  }

  /** Reads what others learnt. Never rejects; without an answer, what is known stays. */
  async refresh(provider: string, asks = false): Promise<void> {
    const known = this.#of(provider);
    known.read_at = this.#now(); // from here on nobody else needs to, for a while
    try {
      const { circuits, probes } = await this.#object(provider).look(asks);
      known.circuits = new Map(Object.entries(circuits));
      for (const model of probes) known.probes.add(model);
    } catch (thrown) {
      this.#log.warning("breaker.unread", { provider, ...thrownFields(thrown) });
    }
  }

  /** Never rejects: what nobody could be told is known here all the same. */
  async #tell(
    provider: string,
    model: string,
    ended: { failed: boolean; wait?: number | undefined },
  ): Promise<void> {
    try {
      const circuits = await this.#object(provider).report(model, ended);
      const known = this.#of(provider);
      known.circuits = new Map(Object.entries(circuits));
      known.read_at = this.#now();
    } catch (thrown) {
      this.#log.warning("breaker.untold", { provider, ...thrownFields(thrown) });
    }
  }

  #phase({ circuits }: Known, model: string): Phase {
    const circuit = circuits.get(model);
    return circuit === undefined ? "closed" : phaseOf(circuit, this.policy, this.#now());
  }

  #of(provider: string): Known {
    let known = this.#known.get(provider);
    if (known === undefined) {
      known = {
        circuits: new Map(),
        probes: new Set(),
        probing: new Set(),
        read_at: Number.NEGATIVE_INFINITY,
      };
      this.#known.set(provider, known);
    }
    return known;
  }
}
