// The Breaker object, one per provider: which of its models are not worth asking just now. A thin shell
// over src/llm/circuits.ts.
import { DurableObject } from "cloudflare:workers";
import type { BreakerPolicy } from "../src/llm/breaker.ts";
import type { BreakerCalls, Circuits } from "../src/llm/breakers.ts";
import { ProviderCircuits } from "../src/llm/circuits.ts";

export type BreakerServices = { policy: BreakerPolicy; now: () => number };

export abstract class BreakerObject<Env> extends DurableObject<Env> implements BreakerCalls {
  readonly #circuits: ProviderCircuits;

  constructor(context: DurableObjectState, env: Env, { policy, now }: BreakerServices) {
    super(context, env);
    const { kv } = context.storage;
    const store = {
      get: () => kv.get<Circuits>("circuits"),
      put: (circuits: Circuits) => kv.put("circuits", circuits),
    };
    this.#circuits = new ProviderCircuits(policy, store, now);
  }

  async report(model: string, ended: Parameters<BreakerCalls["report"]>[1]): Promise<Circuits> {
    return this.#circuits.report(model, ended);
  }

  async look(asks: boolean): Promise<{ circuits: Circuits; probes: string[] }> {
    return this.#circuits.look(asks);
  }
}
