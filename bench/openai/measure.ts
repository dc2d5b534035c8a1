// The measurements. Ways take turns, request by request or piece by piece, so that whatever else the machine
// does hits all of them alike.
import { setTimeout } from "node:timers/promises";
import { hangUp } from "../turn/client.ts";
import { cpuTime } from "../turn/processes.ts";
import { quantile, type Spread, spread } from "../turn/statistics.ts";
import type { Way } from "./ways.ts";

/** Four tokens, so far apart that the first is on its way alone. */
const SHORT = "stub:tokens=4,delay=4";
const FEW = 64;
const MANY = 1024;
/** D1 is told of a turn within a second. */
const LINGER = 1000;

export type Request = { way: string; firstToken: Spread; whole: Spread };

/** One request at a time. */
export async function perRequest(ways: readonly Way[], rounds: number): Promise<Request[]> {
  const taken = ways.map((way) => ({ way, first: [] as number[], whole: [] as number[] }));
  hangUp();
  for (let round = -16; round < rounds; round++)
    for (const { way, first, whole } of taken) {
      const timing = await way.ask(SHORT);
      if (round < 0) continue; // the first ones warm up
      first.push(timing.firstToken);
      whole.push(timing.whole);
    }
  return taken.map(({ way, first, whole }) => ({
    way: way.name,
    firstToken: spread(first),
    whole: spread(whole),
  }));
}

export type Chunk = {
  way: string;
  /** Milliseconds of a whole answer of few and of many tokens, p50. */
  few: number;
  many: number;
  /** Microseconds that one token more takes: of time, and of its workerd's processor. */
  time: number;
  cpu: number | null;
};

/** Answers of 64 and of 1,024 tokens that the stub sends without a pause, one at a time. */
export async function perChunk(
  ways: readonly Way[],
  pieces: number,
  each: number,
): Promise<Chunk[]> {
  const taken = ways.map((way) => ({
    way,
    few: { times: [] as number[], cpu: 0 },
    many: { times: [] as number[], cpu: 0 },
  }));
  for (let piece = -1; piece < pieces; piece++)
    for (const one of taken)
      for (const [tokens, into] of [
        [FEW, one.few],
        [MANY, one.many],
      ] as const) {
        const pid = one.way.host?.pid ?? null;
        const before = pid === null ? null : cpuTime(pid);
        const times: number[] = [];
        hangUp(); // a connection that was idle for long may be closing
        for (let at = 0; at < each; at++)
          times.push((await one.way.ask(`stub:tokens=${tokens}`)).whole);
        if (one.way.host !== null) await setTimeout(LINGER);
        const after = pid === null ? null : cpuTime(pid);
        if (piece < 0) continue;
        into.times.push(...times);
        into.cpu += before === null || after === null ? Number.NaN : after - before;
      }
  const slope = (few: number, many: number) => ((many - few) / (MANY - FEW)) * 1000;
  return taken.map(({ way, few, many }) => {
    const [short, long] = [quantile(few.times, 0.5), quantile(many.times, 0.5)];
    const cpu = slope(few.cpu / few.times.length, many.cpu / many.times.length);
    return {
      way: way.name,
      few: short,
      many: long,
      time: slope(short, long),
      cpu: Number.isNaN(cpu) ? null : cpu,
    };
  });
}

export type Rate = { way: string; atOnce: number; perSecond: number; cpu: number | null };

/** Answers of 64 tokens, `atOnce` at any time. */
export async function rates(
  ways: readonly Way[],
  atOnce: number,
  pieces: number,
  milliseconds: number,
): Promise<Rate[]> {
  const taken = ways.map((way) => ({ way, count: 0, elapsed: 0, cpu: 0 }));
  for (let piece = -1; piece < pieces; piece++)
    for (const one of taken) {
      const pid = one.way.host?.pid ?? null;
      const before = pid === null ? null : cpuTime(pid);
      let count = 0;
      hangUp();
      const began = performance.now();
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          while (performance.now() - began < milliseconds) {
            await one.way.ask(`stub:tokens=${FEW}`);
            count += 1;
          }
        }),
      );
      const elapsed = performance.now() - began;
      if (one.way.host !== null) await setTimeout(LINGER);
      const after = pid === null ? null : cpuTime(pid);
      if (piece < 0) continue;
      one.count += count;
      one.elapsed += elapsed;
      one.cpu += before === null || after === null ? Number.NaN : after - before;
    }
  return taken.map(({ way, count, elapsed, cpu }) => ({
    way: way.name,
    atOnce,
    perSecond: (count / elapsed) * 1000,
    cpu: Number.isNaN(cpu) ? null : cpu / count,
  }));
}
