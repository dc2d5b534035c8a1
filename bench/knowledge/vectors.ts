// `node bench/knowledge/vectors.ts`: what a search of vectors in an object's SQLite takes, in workerd: cold
// and warm, at 1k, 10k and 100k vectors, and what it holds of them. Needs no network and no key.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { cpuTime, residentMemory, workerdsBelow } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";

/** `budget` in bytes, where it is another than usual. */
type Case = { count: number; dims: number; budget?: number };

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
});
const CASES: Case[] = [
  { count: 1000, dims: 256 },
  { count: 10_000, dims: 256 },
  { count: 100_000, dims: 256 },
  { count: 10_000, dims: 1536 },
  // More than there is room for: half of it is read from storage by every search.
  { count: 100_000, dims: 256, budget: 13 * 1024 * 1024 },
];
/** What a search of all may take, warm, at 100,000 × 256. */
const BOUND = 40;
const BATCH = 600;
const COLD = flags.quick ? 3 : 7;
const WARM = flags.quick ? 40 : 150;
const COMPATIBILITY_DATE = "2026-11-01";
const ROOT = join(import.meta.dirname, "../..");

const directory = mkdtempSync(join(tmpdir(), "edgewise-bench-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
const script = bundle();

console.log(
  "vectors × dims      |   k | cold p50 | warm p50 |   p95 | CPU ms | held MB | process MB: first, last",
);
for (const one of CASES.filter(({ count }) => !flags.quick || count <= 10_000)) {
  const filling = await serve(one);
  const began = performance.now();
  for (let from = 0; from < one.count; from += BATCH)
    await filling.ask("/fill", { from, count: Math.min(BATCH, one.count - from) });
  const filled = (performance.now() - began) / 1000;
  await filling.stop();
  // From what is stored, as after an eviction.
  const host = await serve(one);
  await host.ask("/state");
  const before = host.memory();
  await host.ask("/query", { k: 20 });
  const first = (host.memory() - before) / 1024;
  for (const k of [20, 100]) {
    const cold = await searches(host, { times: COLD, k, cold: true });
    await searches(host, { times: 10, k, cold: false });
    const used = host.cpu();
    const warm = await searches(host, { times: WARM, k, cold: false });
    const each = (host.cpu() - used) / WARM;
    const { bytes } = (await host.ask("/state")).body as { bytes: number };
    const over = one.count === 100_000 && one.budget === undefined && quantile(warm, 0.5) > BOUND;
    const columns = [
      `${one.count} × ${one.dims}${one.budget === undefined ? "" : ", half"}`.padEnd(19),
      String(k).padStart(3),
      quantile(cold, 0.5).toFixed(0).padStart(8),
      quantile(warm, 0.5).toFixed(1).padStart(8),
      quantile(warm, 0.95).toFixed(1).padStart(5),
      each.toFixed(1).padStart(6),
      (bytes / 2 ** 20).toFixed(1).padStart(7),
      `+${first.toFixed(0)}, +${((host.memory() - before) / 1024).toFixed(0)}${over ? `   over the bound of ${BOUND} ms` : ""}`,
    ];
    console.log(columns.join(" | "));
  }
  console.log(`  written in ${filled.toFixed(1)} s, ${BATCH} at a time`);
  await host.stop();
}

type Host = Awaited<ReturnType<typeof serve>>;

async function serve({ count, dims, budget = 0 }: Case) {
  const others = new Set(workerdsBelow(process.pid));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "worker",
      modules: [{ type: "ESModule", path: "worker.js", contents: script }],
      compatibilityDate: COMPATIBILITY_DATE,
      cf: false,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      resourcePersistencePath: directory,
      durableObjects: { VECTORS: { className: "Vectors", useSQLite: true } },
    }),
  );
  const { origin } = await miniflare.unsafeGetDirectURL("worker");
  const pid = workerdsBelow(process.pid).find((one) => !others.has(one)) ?? null;
  const ask = async (path: string, fields: Record<string, number> = {}) => {
    const query = new URLSearchParams({ object: `${count}-${dims}-${budget}` });
    for (const [name, value] of Object.entries({ dims, budget, ...fields }))
      query.set(name, String(value));
    const began = performance.now();
    const response = await fetch(`${origin}${path}?${query.toString()}`);
    if (!response.ok) throw new Error(`${path} failed: ${await response.text()}`);
    const body: unknown = await response.json();
    return { body, took: performance.now() - began };
  };
  return {
    ask,
    /** In milliseconds so far. */
    cpu: () => (pid === null ? null : cpuTime(pid)) ?? Number.NaN,
    /** In KB. */
    memory: () => (pid === null ? null : residentMemory(pid)) ?? Number.NaN,
    stop: () => miniflare.dispose(),
  };
}

/** How long each took, as its client saw it. A cold one begins without anything in memory. */
async function searches(
  host: Host,
  { times, k, cold }: { times: number; k: number; cold: boolean },
): Promise<number[]> {
  const took: number[] = [];
  for (let seed = 0; seed < times; seed++) {
    if (cold) await host.ask("/forget");
    took.push((await host.ask("/query", { k, seed })).took);
  }
  return took;
}

function bundle(): string {
  const config = join(directory, "wrangler.json");
  const source = (path: string) => join(ROOT, "src", path);
  writeFileSync(
    config,
    JSON.stringify({
      name: "vectors",
      main: join(import.meta.dirname, "vectors-worker.ts"),
      compatibility_date: COMPATIBILITY_DATE,
      alias: {
        "edgewise/sql": source("store/sql.ts"),
        "edgewise/segment-tables": source("vectors/segment-tables.ts"),
        "edgewise/segment-store": source("vectors/segment-store.ts"),
      },
    }),
  );
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const flagsOfIt = ["deploy", "--dry-run", "--config", config, "--outdir", directory];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" };
  const run = spawnSync(process.execPath, [wrangler, ...flagsOfIt], {
    cwd: ROOT,
    env,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`wrangler failed: ${run.stdout}${run.stderr}`);
  return readFileSync(join(directory, "vectors-worker.js"), "utf8");
}
