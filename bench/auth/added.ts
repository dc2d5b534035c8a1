// What a turn takes longer because it is known who asks: the same turn by a visitor whom nobody limits,
// with an access token and with an API key.
import { setTimeout } from "node:timers/promises";
import type { Host } from "../turn/hosts.ts";
import { quantile, type Spread, spread } from "../turn/statistics.ts";
import { direct, type Headers, type Person, stream, visitor } from "./people.ts";

/** An Edgewise, and one who signed in there. */
export type Place = { label: string; host: Host; person: Person };

export type Added = {
  turn: string;
  variant: string;
  time: Spread;
  /** Over the visitor's: null for the visitor. `low` and `high`: p50 in each fifth of the run. */
  over: { p50: number; p99: number; low: number; high: number } | null;
};

type Asker = { variant: string; visitor: string; time: (round: number) => Promise<number> };

/** The run is cut into so many parts: how far their differences are apart says how far to trust them. */
const FIFTHS = 5;
/** Of each asker, so that none grows a long history. */
const CONVERSATIONS = 32;
const WARM_UP = 32;
/** Milliseconds for what a turn leaves to be done after its answer: it is the next one's cost else. */
const PAUSE = 12;

export async function added(places: readonly Place[], rounds: number): Promise<Added[]> {
  const directly: Asker[] = [];
  const streaming: Asker[] = [];
  for (const { label, host, person } of places) {
    const anonymous = `${label}: visitor without limits`;
    const askers: [string, Headers][] = [
      [anonymous, await visitor(host)],
      [`${label}: access token`, person.token],
      [`${label}: API key`, person.key],
    ];
    for (const [variant, who] of askers) {
      const named = { variant, visitor: anonymous };
      directly.push({ ...named, time: () => direct(host, who) });
      const conversations: string[] = [];
      for (let made = 0; made < CONVERSATIONS; made++)
        conversations.push((await stream(host, who)).conversation);
      streaming.push({
        ...named,
        time: async (round) =>
          (await stream(host, who, conversations[round % CONVERSATIONS])).firstToken,
      });
    }
  }
  return [
    ...(await alternating("chat/direct, to its end", directly, rounds)),
    ...(await alternating("chat/stream, running, to its first token", streaming, rounds)),
  ];
}

/** One request at a time: all askers in each round, forwards and backwards in turn. */
async function alternating(
  turn: string,
  askers: readonly Asker[],
  rounds: number,
): Promise<Added[]> {
  const times = new Map<string, number[]>(askers.map(({ variant }) => [variant, []]));
  for (let round = -WARM_UP; round < rounds; round++)
    for (const { variant, time } of round % 2 === 0 ? askers : askers.toReversed()) {
      const took = await time(round + WARM_UP);
      if (round >= 0) times.get(variant)?.push(took);
      await setTimeout(PAUSE);
    }
  return askers.map((asker) => {
    const own = times.get(asker.variant) ?? [];
    const base = times.get(asker.visitor) ?? [];
    return {
      turn,
      variant: asker.variant,
      time: spread(own),
      over: asker.variant === asker.visitor ? null : difference(own, base),
    };
  });
}

function difference(own: readonly number[], base: readonly number[]) {
  const over = (share: number, from: number, to: number) =>
    quantile(own.slice(from, to), share) - quantile(base.slice(from, to), share);
  const fifth = Math.floor(own.length / FIFTHS);
  const parts = Array.from({ length: FIFTHS }, (_, part) =>
    over(0.5, part * fifth, (part + 1) * fifth),
  );
  return {
    p50: over(0.5, 0, own.length),
    p99: over(0.99, 0, own.length),
    low: Math.min(...parts),
    high: Math.max(...parts),
  };
}
