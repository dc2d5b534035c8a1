// How much one person's Account object takes, beside the same spread over many people's.
import { setTimeout } from "node:timers/promises";
import { post } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { cpuTime } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";
import { direct, type Headers, limits, type Person } from "./people.ts";
import type { Calls } from "./worker.ts";

export type Rate = {
  what: string;
  who: string;
  /** The median of the pieces, their lowest and highest. */
  perSecond: number;
  low: number;
  high: number;
  /** Milliseconds of CPU that each took workerd, what it did afterwards included. */
  cpu: number | null;
};

type Load = {
  what: string;
  who: string;
  host: Host;
  /** Does some of it. How much. */
  some: () => Promise<number>;
};

const AT_ONCE = 32;
/** Calls that one request of the bench's Worker makes. */
const BATCH = 128;
/** Milliseconds after which what an answer left to be done is done. */
const LINGER = 1000;

/** @param host where requests are counted, and hardly limited */
export function loads(host: Host, all: readonly Person[]): Load[] {
  const one = all.slice(0, 1);
  const many = all.slice(1);
  const crowds = [
    { who: "one person", people: one },
    { who: `${many.length} people`, people: many },
  ];
  return crowds.flatMap(({ who, people }) => [
    { what: "GET auth/limits", who, host, some: byTurns(people, (by) => limits(host, by)) },
    { what: "object: admit", who, host, some: () => called(host, people, "request") },
    { what: "POST chat/direct", who, host, some: byTurns(people, (by) => direct(host, by)) },
    { what: "object: admit + settle", who, host, some: () => called(host, people, "turn") },
  ]);
}

/** The same turn where no Account object is asked. */
export function unasked(host: Host, visitor: Headers): Load {
  const some = async () => {
    await direct(host, visitor);
    return 1;
  };
  return { what: "POST chat/direct", who: "a visitor without limits", host, some };
}

export async function rates(
  taken: readonly Load[],
  pieces: number,
  milliseconds: number,
): Promise<Rate[]> {
  const measured = taken.map((load) => ({ load, rates: [] as number[], count: 0, cpu: 0 }));
  for (let piece = -1; piece < pieces; piece++)
    for (const one of measured) {
      const { host, some } = one.load;
      const before = host.pid === null ? null : cpuTime(host.pid);
      const { count, elapsed } = await loop(some, milliseconds);
      await setTimeout(LINGER);
      const after = host.pid === null ? null : cpuTime(host.pid);
      if (piece < 0) continue; // the first piece warms up
      one.rates.push((count / elapsed) * 1000);
      one.count += count;
      one.cpu += before === null || after === null ? Number.NaN : after - before;
    }
  return measured.map(({ load: { what, who }, rates: found, count, cpu }) => ({
    what,
    who,
    perSecond: quantile(found, 0.5),
    low: Math.min(...found),
    high: Math.max(...found),
    cpu: Number.isNaN(cpu) ? null : cpu / count,
  }));
}

/** `AT_ONCE` at any time, each followed by the next. */
async function loop(some: () => Promise<number>, milliseconds: number) {
  const began = performance.now();
  let count = 0;
  const one = async () => {
    while (performance.now() - began < milliseconds) {
      const done = await some(); // and only then is `count` read: others add to it meanwhile
      count += done;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { count, elapsed: performance.now() - began };
}

/** One request, by the next of `people`. */
function byTurns(people: readonly Person[], ask: (by: Headers) => Promise<unknown>) {
  let next = 0;
  return async () => {
    const person = people[next++ % people.length];
    if (person === undefined) throw new Error("nobody asks");
    await ask(person.token);
    return 1;
  };
}

/** `BATCH` calls one after the other, from somebody on. */
async function called(host: Host, people: readonly Person[], want: Calls["want"]) {
  const from = Math.floor(Math.random() * people.length);
  const credentials = [...people.slice(from), ...people.slice(0, from)].map(
    ({ session }) => session,
  );
  const calls: Calls = { credentials, want, count: BATCH };
  await post(`${host.url}/bench/calls`, JSON.stringify(calls), {});
  return BATCH;
}
