// How fast documents come in through the product's own door: POST /documents, the queue, and all the way to
// where searches find them.
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { people } from "../auth/people.ts";
import { post } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { cpuTime } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";
import { markdownOf, type Texts } from "./texts.ts";

export type Ingested = {
  what: string;
  documents: number;
  /** Of one document, on average. */
  kilobytes: number;
  chunks: number;
  seconds: number;
  /** Milliseconds until POST /documents answers, p50. */
  taken: number;
  /** Milliseconds of workerd, of one chunk; null off Linux. */
  cpu: number | null;
};

/** Uploads at the same time. */
const UPLOADS = 4;
const PATIENCE = 600_000;

const madeSchema = z.object({ id: z.string() });
const listSchema = z.object({
  documents: z.array(z.object({ progress: z.object({ chunks: z.number().nullable() }) })),
  pagination: z.object({ total: z.number() }),
});

type Size = { what: string; documents: number; chunks: number; markdown: boolean };

export async function ingestion(
  host: Host,
  texts: Texts,
  size: { small: number; large: number },
): Promise<Ingested[]> {
  const [owner] = await people(host, 1);
  if (owner === undefined) throw new Error("nobody registered");
  const sets: Size[] = [
    { what: "text", documents: size.small, chunks: 3, markdown: false },
    { what: "Markdown", documents: size.small, chunks: 3, markdown: true },
    { what: "Markdown, large", documents: size.large, chunks: 500, markdown: true },
  ];
  await bring(host, texts, owner.token, { ...set("warming up"), seed: 9_000_000 });
  const all: Ingested[] = [];
  for (const [at, one] of sets.entries())
    all.push(await bring(host, texts, owner.token, { ...one, seed: 10_000_000 + at * 100_000 }));
  return all;
}

const set = (what: string): Size => ({ what, documents: 10, chunks: 3, markdown: true });

/** One kind, in a collection of its own. */
async function bring(
  host: Host,
  texts: Texts,
  who: Record<string, string>,
  { what, documents, chunks, markdown, seed }: Size & { seed: number },
): Promise<Ingested> {
  const api = `${host.url}/api/v1`;
  const made = await post(`${api}/collections`, JSON.stringify({ name: what }), who);
  const { id: collection } = madeSchema.parse(made);
  const bodies = Array.from({ length: documents }, (_, at) => {
    const document = texts.document(seed + at, chunks);
    const text = markdown
      ? markdownOf(document)
      : document.chunks.map((chunk) => chunk.text).join("\n\n");
    return JSON.stringify({ name: `${at}.${markdown ? "md" : "txt"}`, text, collection });
  });
  const cpu = cpuOf(host);
  const began = performance.now();
  const taken: number[] = [];
  const waiting = [...bodies];
  const uploads = Array.from({ length: UPLOADS }, async () => {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
      const sent = performance.now();
      await post(`${api}/documents`, body, who);
      taken.push(performance.now() - sent);
    }
  });
  await Promise.all(uploads);
  await allIndexed(`${api}/documents?collection=${collection}`, who, documents);
  const seconds = (performance.now() - began) / 1000;
  const spent = cpuOf(host) - cpu;
  const cut = await chunksOf(`${api}/documents?collection=${collection}`, who, documents);
  return {
    what,
    documents,
    kilobytes: bodies.reduce((sum, { length }) => sum + length, 0) / documents / 1024,
    chunks: cut,
    seconds,
    taken: quantile(taken, 0.5),
    cpu: Number.isNaN(spent) ? null : spent / cut,
  };
}

async function allIndexed(
  list: string,
  who: Record<string, string>,
  documents: number,
): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await setTimeout(200)) {
    const { pagination } = await listed(`${list}&limit=1&status=indexed`, who);
    if (pagination.total === documents) return;
    const failed = await listed(`${list}&limit=1&status=failed`, who);
    if (failed.pagination.total > 0) throw new Error("a document failed");
  }
  throw new Error("documents are not indexed");
}

async function chunksOf(
  list: string,
  who: Record<string, string>,
  documents: number,
): Promise<number> {
  let sum = 0;
  for (let offset = 0; offset < documents; offset += 100) {
    const page = await listed(`${list}&limit=100&offset=${offset}`, who);
    for (const { progress } of page.documents) sum += progress.chunks ?? 0;
  }
  return sum;
}

async function listed(url: string, headers: Record<string, string>) {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return listSchema.parse(await answer.json());
}

const cpuOf = ({ pid }: Host) => (pid === null ? null : cpuTime(pid)) ?? Number.NaN;
