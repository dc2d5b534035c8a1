// What is asked of conversations of every length: each request timed at the client, and what the object read
// and wrote for it. Lengths take turns, so that whatever else the machine does hits all alike.
import { z } from "zod";
import { post, watchStream } from "../turn/client.ts";
import { quantile } from "../turn/statistics.ts";
import { type Place, rowsOf } from "./fixtures.ts";
import type { Rows } from "./worker.ts";

/** Of one length. */
export type Point = {
  length: number;
  /** Milliseconds, the median. */
  time: number;
  /** Of the object, the median and the most; null for what D1 answers. */
  rows: { read: number; written: number; mostWritten: number } | null;
};
export type Line = { what: string; points: Point[]; slope: number };

/** Conversations of one length: one that is read, branched and searched, and those that turns make longer. */
export type Sized = { length: number; read: Place; spoken: Place[] };

/** `sign` stands in every good answer. A body makes it a POST. */
type Request = { path: string; body: string | null; sign: string };
type Asked = {
  what: string;
  /** Whether an object answers; else D1 does. */
  metered: boolean;
  /** The requests whose times are added up, all of one conversation. Rounds below 0 warm up. */
  each: (sized: Sized, round: number) => Promise<{ place: Place; requests: Request[] }>;
  /** Undoes them, untimed. */
  after?: (place: Place, sized: Sized) => Promise<void>;
};

/**
 * Turns that a conversation takes before the next one of its length does: ten stay about ten, and what was
 * condensed of each lies as far back.
 */
export const TURNS_EACH = 4;
const WARM_UP = 5;
const detailSchema = z.object({ leaf_id: z.string() });
const firstSchema = z.object({ messages: z.array(z.object({ id: z.string() })).length(1) });

/** In this order: turns and edits make conversations longer. */
export async function lines(all: readonly Sized[], rounds: number): Promise<Line[]> {
  const ends = await Promise.all(all.map(({ read }) => endsOf(read)));
  const endsOfSized = (sized: Sized) => {
    const found = ends[all.indexOf(sized)];
    if (found === undefined) throw new Error("a conversation without ends");
    return found;
  };
  const reading = (paths: (sized: Sized) => string[], sign: string) => async (sized: Sized) => ({
    place: sized.read,
    requests: paths(sized).map((path) => get(path, sign)),
  });
  const middles = async ({ length, read }: Sized) => ({
    place: read,
    requests: [middle(read, length)],
  });
  const back: Asked["after"] = async ({ host, who }, sized) => {
    const { leaf } = endsOfSized(sized);
    await post(`${host.url}/api/v1${of(sized.read)}/messages/${leaf}/activate`, "{}", who);
  };
  const asked: Asked[] = [
    {
      what: "open: detail and first page",
      metered: true,
      each: reading(({ read }) => [of(read), `${of(read)}/messages?limit=50`], '"created_at"'),
    },
    { what: "page in the middle", metered: true, each: middles },
    {
      what: "a turn, to its end",
      metered: true,
      each: async ({ spoken }, round) => {
        const nth = round < 0 ? -round : Math.floor(round / TURNS_EACH);
        const place = spoken[nth % spoken.length];
        if (place === undefined) throw new Error("nothing to speak in");
        await touch(place);
        return { place, requests: [turn(place)] };
      },
    },
    {
      what: "edit of the first message",
      metered: true,
      each: async (sized) => {
        const path = `${of(sized.read)}/messages/${endsOfSized(sized).first}/edit`;
        return { place: sized.read, requests: [say(path)] };
      },
      after: back,
    },
    {
      what: "and back to the long branch",
      metered: true,
      each: async (sized) => {
        const { first, leaf } = endsOfSized(sized);
        const { host, who } = sized.read;
        const edit = `${of(sized.read)}/messages/${first}/edit`;
        await post(`${host.url}/api/v1${edit}`, say(edit).body ?? "", who);
        const path = `${of(sized.read)}/messages/${leaf}/activate`;
        return {
          place: sized.read,
          requests: [{ path, body: "{}", sign: '"leaf_id"' }],
        };
      },
    },
    { what: "page in the middle, branched", metered: true, each: middles },
    {
      what: "search: a word said once",
      metered: false,
      each: reading(() => ["/search?q=needle"], '"snippet"'),
    },
    {
      what: "search: a word always said",
      metered: false,
      each: reading(() => ["/search?q=moon"], '"snippet"'),
    },
    {
      what: "list of as many conversations",
      metered: false,
      each: reading(() => ["/conversations?limit=20"], '"pagination"'),
    },
  ];
  const measured: Line[] = [];
  for (const one of asked) measured.push(await line(one, all, rounds));
  return measured;
}

async function line(
  { what, metered, each, after }: Asked,
  all: readonly Sized[],
  rounds: number,
): Promise<Line> {
  const seen = all.map((sized) => ({ sized, times: [] as number[], rows: [] as Rows[] }));
  for (let round = -WARM_UP; round < rounds; round++)
    for (const { sized, times, rows } of seen) {
      const { place, requests } = await each(sized, round);
      if (metered) await rowsOf(place);
      let time = 0;
      for (const request of requests) time += await timed(place, request);
      if (round >= 0) {
        times.push(time);
        if (metered) rows.push(await rowsOf(place));
      }
      await after?.(place, sized);
    }
  const points = seen.map(({ sized: { length }, times, rows }) => ({
    length,
    time: quantile(times, 0.5),
    rows: metered ? rowsIn(rows) : null,
  }));
  return { what, points, slope: slopeOf(points.map(({ length, time }) => [length, time])) };
}

/**
 * By least squares, of log y over log x: 0 where y does not change, 1 where it grows as x does.
 * @param points all above 0
 */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(logs.map((one) => one.x));
  const y = mean(logs.map((one) => one.y));
  const over = mean(logs.map((one) => (one.x - x) * (one.y - y)));
  return over / mean(logs.map((one) => (one.x - x) ** 2));
}

/** The page around the half. */
export function middle(place: Place, length: number): Request {
  const offset = Math.max(0, Math.floor(length / 2) - 25);
  return get(`${of(place)}/messages?limit=50&offset=${offset}`, '"pagination"');
}

/** A turn of four tokens. */
export function turn(place: Place): Request {
  return say(`${of(place)}/messages`);
}

export async function timed({ host, who }: Place, request: Request): Promise<number> {
  const { path, body, sign } = request;
  const markers = { token: sign, end: sign };
  return (await watchStream(`${host.url}/api/v1${path}`, body, who, markers)).whole;
}

/** Wakes its object, where it had gone. */
export async function touch(place: Place): Promise<void> {
  await timed(place, get(of(place), '"leaf_id"'));
}

function rowsIn(rows: readonly Rows[]): Point["rows"] {
  const written = rows.map((one) => one.written);
  return {
    read: quantile(
      rows.map(({ read }) => read),
      0.5,
    ),
    written: quantile(written, 0.5),
    mostWritten: Math.max(...written),
  };
}

async function endsOf(place: Place): Promise<{ first: string; leaf: string }> {
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${place.host.url}/api/v1${path}`, { headers: place.who })).json();
  const { leaf_id } = detailSchema.parse(await ask(of(place)));
  const { messages } = firstSchema.parse(await ask(`${of(place)}/messages?limit=1`));
  return { first: messages[0]?.id ?? "", leaf: leaf_id };
}

const of = ({ id }: Place) => `/conversations/${id}`;

const get = (path: string, sign: string): Request => ({ path, body: null, sign });

const say = (path: string): Request => ({
  path,
  body: JSON.stringify({ message: "And when is it high?", model: "stub:tokens=4" }),
  sign: '"sibling_ids"',
});
