// What everything around a model costs a request: routing, both caches, circuits, a chain, with each of
// them on, beside the same Edgewise with all of them off. And what is won: a kept answer, a dead
// provider that is not waited for twice.
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { watchStream } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { newVisitor } from "../turn/variants.ts";
import { quantile, spread, type Spread } from "../turn/statistics.ts";

export type Layer = {
  off: Spread;
  on: Spread;
  /** Of the same round: on minus off. */
  added: { p50: number; low: number; high: number };
  hit: Spread;
  miss: Spread;
};

export type Recovery = { fault: string; healthy: number; first: number; next: Spread };

const MODEL = "stub:tokens=16";
const WARM_UP = 20;
const FIFTHS = 5;

type Asker = { host: Host; headers: Record<string, string> };

export const askerAt = async (host: Host): Promise<Asker> => ({
  host,
  headers: await newVisitor(`${host.url}/api/v1/chat/stream`),
});

/**
 * Milliseconds for what a request leaves to be done after its answer, keeping it above all: it is the
 * next one's cost else. Locally a value that is kept is a file that is written, which takes 7 ms.
 */
const PAUSE = 25;

/** Milliseconds to the end of a stateless answer. */
async function whole({ host, headers }: Asker, body: object): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${host.url}/api/v1/chat/direct`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const took = performance.now() - began;
  if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 300)}`);
  await setTimeout(PAUSE);
  return took;
}

/** Milliseconds to the first token of one. */
async function firstToken({ host, headers }: Asker, body: object): Promise<number> {
  const seen = await watchStream(
    `${host.url}/api/v1/chat/direct`,
    JSON.stringify({ ...body, stream: true }),
    headers,
    { token: "event: token", end: "event: complete" },
  );
  await setTimeout(PAUSE);
  return seen.firstToken;
}

const asking = (content: string, more: object = {}) => ({
  messages: [{ role: "user", content }],
  model: MODEL,
  ...more,
});
/** No two are the same, so that nothing was kept. */
const question = () => `Tell me something about number ${randomUUID()}, please.`;

/** @param on its tiers lead to the stub: `auto` chooses among them */
export async function layer(off: Asker, on: Asker, rounds: number): Promise<Layer> {
  const without = () => whole(off, asking(question()));
  const withAll = () => whole(on, asking(question(), { model: "auto" }));
  for (let n = 0; n < WARM_UP; n++) await Promise.all([without(), withAll()]);
  const pairs: { off: number; on: number }[] = [];
  for (let n = 0; n < rounds; n++)
    if (n % 2 === 0) pairs.push({ off: await without(), on: await withAll() });
    else {
      const first = await withAll();
      pairs.push({ off: await without(), on: first });
    }
  const differences = pairs.map((pair) => pair.on - pair.off);
  const length = Math.ceil(rounds / FIFTHS);
  const fifths = Array.from({ length: FIFTHS }, (_, at) =>
    quantile(differences.slice(at * length, (at + 1) * length), 0.5),
  );
  const asked = question();
  await firstToken(on, asking(asked));
  await setTimeout(300);
  const hits: number[] = [];
  const misses: number[] = [];
  for (let n = 0; n < rounds; n++) {
    hits.push(await firstToken(on, asking(asked)));
    misses.push(await firstToken(on, asking(question())));
  }
  return {
    off: spread(pairs.map((pair) => pair.off)),
    on: spread(pairs.map((pair) => pair.on)),
    added: { p50: quantile(differences, 0.5), low: Math.min(...fifths), high: Math.max(...fifths) },
    hit: spread(hits),
    miss: spread(misses),
  };
}

/** How long a reader waits for the first token while the provider is dead, and behind it one is well. */
export async function recovery(on: Asker, fault: string, rounds: number): Promise<Recovery> {
  const dead = `stub:${fault},tag=${randomUUID()}`;
  const healthy: number[] = [];
  for (let n = 0; n < 20; n++)
    healthy.push(await firstToken(on, asking(question(), { provider: "anthropic", cache: "off" })));
  const ask = () => firstToken(on, asking(question(), { model: dead, cache: "off" }));
  const first = await ask();
  const next: number[] = [];
  for (let n = 0; n < rounds; n++) next.push(await ask());
  return { fault, healthy: quantile(healthy, 0.5), first, next: spread(next) };
}
