// An egress whose world is the test's: what answers, which addresses names have, and a journal of what
// was asked.
import { type EgressOptions, makeEgress } from "../../../src/egress/egress.ts";

export const LIMITS = { maxBytes: 10_000, timeout: 5000 };

export function world(
  answer: (request: Request) => Response | Promise<Response>,
  options: Partial<Omit<EgressOptions, "fetch">> = {},
) {
  const asked: Request[] = [];
  const resolved: string[] = [];
  const egress = makeEgress({
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push(request);
      return answer(request.clone());
    },
    resolve: async (name) => {
      resolved.push(name);
      return ["93.184.216.34"];
    },
    allow: [],
    allowLoopback: false,
    userAgent: "Edgewise/1.2.3",
    ...options,
  });
  return { egress, asked, resolved };
}

/** A body that tells when it is cancelled, and how much of it was pulled. */
export function watched(
  pull: (controller: ReadableStreamDefaultController<Uint8Array>) => unknown,
) {
  const seen = { pulls: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      seen.pulls += 1;
      await pull(controller);
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { body, seen };
}
