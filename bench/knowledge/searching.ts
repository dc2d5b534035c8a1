// What a search takes, by how many chunks there are: through POST /documents/search, by the index object's
// own call, and the first one after the object woke.
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { vectorOf } from "../../src/llm/embedders/embedded.ts";
import { FUNNEL } from "../../src/rag/settings.ts";
import { slopeOf } from "../conversation/lines.ts";
import { post } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { cpuTime } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";
import { base64, EMBEDDER, OF_A_DOCUMENT, type Place } from "./places.ts";
import type { Texts } from "./texts.ts";
import type { Ask } from "./worker.ts";

/** Milliseconds. `cpu` of workerd, each; null off Linux. `found`: results, or candidates of the object, on average. */
export type Point = { size: number; p50: number; p95: number; cpu: number | null; found: number };
/** `slope`: of log(p50) over log(size). */
export type Line = { what: string; bound: number | null; points: Point[]; slope: number };

/** Questions one after the other, so that CPU time can be told by its clock's ticks. */
const RUN = 20;
/** Before what is measured, of each line and size. */
const WARM_UP = 20;
/** Of hybrid searches at the largest size, p95. */
export const BOUND = 100;

type Kind = {
  what: string;
  bound?: number;
  ask: (host: Host, place: Place, text: string) => Promise<number>;
};

const KINDS: readonly Kind[] = [
  { what: "POST /documents/search, as standard (hybrid)", bound: BOUND, ask: door({}) },
  {
    what: "the object's search: hybrid",
    bound: BOUND,
    ask: object({ words: true, meaning: true }),
  },
  {
    what: "POST …, as standard, with a filter that all pass",
    ask: door({ filters: { language: "en" } }),
  },
  { what: "POST …, mode keyword", ask: door({ mode: "keyword" }) },
  { what: "the object's search: words alone", ask: object({ words: true, meaning: false }) },
  { what: "POST …, mode semantic", ask: door({ mode: "semantic", min_score: 0 }) },
  { what: "the object's search: vectors alone", ask: object({ words: false, meaning: true }) },
];
const [STANDARD] = KINDS;

const resultsSchema = z.object({ results: z.array(z.unknown()), notices: z.array(z.string()) });
const foundSchema = z.object({ found: z.number() });

/** Every question is another one. Sizes and lines take turns, so that noise hits all alike. */
export async function warm(
  host: Host,
  texts: Texts,
  places: readonly Place[],
  runs: number,
): Promise<Line[]> {
  let seed = 0;
  const sets = KINDS.map((kind) => ({
    kind,
    points: places.map((place) => ({ place, took: [] as number[], cpu: 0, found: 0 })),
  }));
  const ask = async (kind: Kind, place: Place) => {
    const text = questionFor(texts, place, seed++);
    const began = performance.now();
    const found = await kind.ask(host, place, text);
    return { took: performance.now() - began, found };
  };
  for (const { kind, points } of sets)
    for (const { place } of points) for (let n = 0; n < WARM_UP; n++) await ask(kind, place);
  for (let run = 0; run < runs; run++)
    for (const { kind, points } of sets)
      for (const point of points) {
        const before = cpuOf(host);
        for (let n = 0; n < RUN; n++) {
          const { took, found } = await ask(kind, point.place);
          point.took.push(took);
          point.found += found;
        }
        point.cpu += cpuOf(host) - before;
      }
  return sets.map(({ kind: { what, bound = null }, points }) =>
    lineOf(
      what,
      bound,
      points.map(({ place: { size }, took, cpu, found }) => ({
        size,
        took,
        cpu: Number.isNaN(cpu) ? null : cpu / took.length,
        found: found / took.length,
      })),
    ),
  );
}

/** The first one after the object woke, code being compiled already. */
export async function cold(
  host: Host,
  texts: Texts,
  places: readonly Place[],
  times: number,
): Promise<Line> {
  const took = places.map((): number[] => []);
  for (let time = 0; time < times; time++)
    for (const [at, place] of places.entries()) {
      await post(`${host.url}/bench/sleep?tenant=${place.tenant}`, "{}", {});
      await setTimeout(20);
      const text = questionFor(texts, place, 1_000_000 + time);
      const began = performance.now();
      await STANDARD?.ask(host, place, text);
      took[at]?.push(performance.now() - began);
    }
  return lineOf(
    "POST /documents/search, the first after the object woke",
    null,
    places.map(({ size }, at) => ({ size, took: took[at] ?? [], cpu: null, found: Number.NaN })),
  );
}

/** What D1 is asked for one search. */
export async function statements(host: Host, texts: Texts, place: Place): Promise<unknown> {
  const told = () => post(`${host.url}/bench/statements`, "{}", {});
  await told();
  await STANDARD?.ask(host, place, questionFor(texts, place, 2_000_000));
  await setTimeout(200);
  return told();
}

export async function searchOnce(
  host: Host,
  texts: Texts,
  place: Place,
  seed: number,
  settings = {},
): Promise<void> {
  await door(settings)(host, place, questionFor(texts, place, seed));
}

function questionFor(texts: Texts, { size }: Place, seed: number): string {
  return texts.question(seed, Math.ceil(size / OF_A_DOCUMENT), OF_A_DOCUMENT);
}

function door(settings: object) {
  return async (host: Host, { key }: Place, query: string): Promise<number> => {
    const body = JSON.stringify({ query, ...settings });
    const answer = await post(`${host.url}/api/v1/documents/search`, body, key);
    return resultsSchema.parse(answer).results.length;
  };
}

/** As src/rag/search.ts asks it. */
function object({ words, meaning }: { words: boolean; meaning: boolean }) {
  return async (host: Host, { tenant, collection }: Place, text: string): Promise<number> => {
    const call: Ask = {
      tenant,
      query: {
        text,
        words,
        collections: [collection],
        filters: {},
        limit: FUNNEL.found,
        expand: words,
      },
      // The embedded vectors are words: beside words they stand aside.
      vector: meaning
        ? { embedder: EMBEDDER, values: base64(vectorOf(text)), scan: !words, told: false }
        : null,
    };
    return foundSchema.parse(await post(`${host.url}/bench/search`, JSON.stringify(call), {}))
      .found;
  };
}

function lineOf(
  what: string,
  bound: number | null,
  sets: readonly { size: number; took: number[]; cpu: number | null; found: number }[],
): Line {
  const points = sets.map(({ size, took, cpu, found }) => ({
    size,
    p50: quantile(took, 0.5),
    p95: quantile(took, 0.95),
    cpu,
    found,
  }));
  return { what, bound, points, slope: slopeOf(points.map(({ size, p50 }) => [size, p50])) };
}

const cpuOf = ({ pid }: Host) => (pid === null ? null : cpuTime(pid)) ?? Number.NaN;
