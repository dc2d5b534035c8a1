// `npm run bench:openai`: what OpenAI's surface costs, per request and per chunk. See bench/README.md.
import { availableParallelism, loadavg } from "node:os";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmark, keep, kept } from "../harness.ts";
import {
  type Host,
  root,
  sourceOf,
  startEdgewise,
  startPassThrough,
  startStub,
} from "../turn/hosts.ts";
import { table } from "../turn/report.ts";
import { newVisitor } from "../turn/variants.ts";
import { type Chunk, perChunk, perRequest, type Rate, rates, type Request } from "./measure.ts";
import { edgewise, vendor } from "./ways.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** A copy of the repository with a change in it, measured in the same run. */
    beside: { type: "string", multiple: true, default: [] },
    /** Of request, chunk, rate; all of them without it. */
    only: { type: "string", multiple: true, default: [] },
  },
});
const size = flags.quick
  ? { rounds: 60, pieces: 1, each: 10, milliseconds: 1000 }
  : { rounds: 300, pieces: 4, each: 25, milliseconds: 1500 };
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
/** The same question is asked all the time: none of its answers is to be one from before. */
const ANEW = { LLM_CACHE: "off" };

await benchmark(async () => {
  const stub = kept(await startStub());
  const bare = kept(await startPassThrough("workerd", stub.url));
  const waysOf = async (host: Host, label: string) =>
    edgewise(host, await newVisitor(`${host.url}/api/v1/chat/stream`), label);
  const before = sourceOf(root);
  const ours = kept(await startEdgewise("workerd", stub.url, root, ANEW));
  const after = sourceOf(root);
  const ways = [
    vendor("the stub", null, stub.url),
    vendor("pass-through", bare, bare.url),
    ...(await waysOf(ours, "Edgewise")),
  ];
  for (const path of flags.beside) {
    const host = kept(await startEdgewise("workerd", stub.url, resolve(path), ANEW));
    ways.push(...(await waysOf(host, basename(path))));
  }
  const measured = {
    at: new Date().toISOString(),
    source: before === after ? before : `${before} or ${after}`,
    node: process.versions.node,
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
    requests: wanted("request") ? await perRequest(ways, size.rounds) : [],
    chunks: wanted("chunk") ? await perChunk(ways, size.pieces, size.each) : [],
    rates: wanted("rate") ? await rates(ways, 16, size.pieces, size.milliseconds) : [],
  };
  const { at, source, node, cores, load } = measured;
  console.log(
    `${at} · ${source ?? "source unknown"} · workerd · ${cores} cores, load ${load.toFixed(1)} · Node ${node}`,
  );
  for (const text of [
    requestTable(measured.requests),
    chunkTable(measured.chunks),
    rateTable(measured.rates),
  ])
    if (text !== "") console.log(`\n${text}`);
  keep("openai", measured);
});

function requestTable(rows: readonly Request[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const over = (row: Request, of: "firstToken" | "whole") =>
    (row[of].p50 - first[of].p50).toFixed(2);
  return table(
    "An answer of four tokens, one at a time (ms; over: p50 less the stub's own)",
    ["", "first p50", "p99", "over", "whole p50", "p99", "over"],
    rows.map((row) => [
      row.way,
      row.firstToken.p50.toFixed(2),
      row.firstToken.p99.toFixed(1),
      over(row, "firstToken"),
      row.whole.p50.toFixed(2),
      row.whole.p99.toFixed(1),
      over(row, "whole"),
    ]),
  );
}

function chunkTable(rows: readonly Chunk[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  return table(
    "What a token more takes: answers of 1,024 tokens less those of 64 (µs a token)",
    ["", "64: ms", "1,024: ms", "time", "over the stub", "CPU of workerd"],
    rows.map((row) => [
      row.way,
      row.few.toFixed(1),
      row.many.toFixed(1),
      row.time.toFixed(1),
      (row.time - first.time).toFixed(1),
      row.cpu?.toFixed(1) ?? "",
    ]),
  );
}

function rateTable(rows: readonly Rate[]): string {
  const beside = rows.find(({ way }) => way === "pass-through")?.perSecond ?? Number.NaN;
  if (rows.length === 0) return "";
  return table(
    `Answers of 64 tokens, ${rows[0]?.atOnce} at once`,
    ["", "answers/s", "× pass-through", "CPU ms each"],
    rows.map((row) => [
      row.way,
      row.perSecond.toFixed(0),
      (row.perSecond / beside).toFixed(2),
      row.cpu?.toFixed(2) ?? "",
    ]),
  );
}
