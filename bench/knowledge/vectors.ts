// `node bench/knowledge/vectors.ts`: what a search of vectors in an object's SQLite takes, in workerd: cold
// and warm, at 1k, 10k and 100k vectors, and what of them is held. See bench/README.md.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { cpuTime, residentMemory, workerdsBelow } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
});
const CASES = [
  { count: 1000, dims: 256 },
  { count: 10_000, dims: 256 },
  { count: 100_000, dims: 256 },
  { count: 10_000, dims: 1536 },
  // More than there is room for: some is read from storage by every search.
  { count: 100_000, dims: 256, budget: 13 * 1024 * 1024 },
].filter(({ count }) => !flags.quick || count <= 10_000);
const BATCH = 600;
const COLD = flags.quick ? 3 : 5;
const WARM = flags.quick ? 40 : 100;
const COMPATIBILITY = { compatibilityDate: "2026-11-01", compatibilityFlags: [] };
const KS = [20, 100];
const ROOT = join(import.meta.dirname, "../..");

const directory = mkdtempSync(join(tmpdir(), "edgewise-bench-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));

const before = new Set(workerdsBelow(process.pid));
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: "worker",
    modules: [{ type: "ESModule", path: "worker.js", contents: bundle() }],
    ...COMPATIBILITY,
    cf: false,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    resourcePersistencePath: directory,
    durableObjects: { VECTORS: { className: "Vectors", useSQLite: true } },
  }),
);
try {
  const { origin } = await miniflare.unsafeGetDirectURL("worker");
  const pid = workerdsBelow(process.pid).find((one) => !before.has(one)) ?? null;
  const cpu = () => (pid === null ? null : cpuTime(pid)) ?? Number.NaN;
  const memory = () => (pid === null ? null : residentMemory(pid)) ?? Number.NaN;
  console.log(
    "vectors × dims     | k   | cold p50 | warm p50 |   p95 | CPU ms | held MB | process MB",
  );
  for (const { count, dims, budget = 0 } of CASES) {
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
    const began = performance.now();
    for (let from = 0; from < count; from += BATCH)
      await ask("/fill", { from, count: Math.min(BATCH, count - from) });
    const filled = ((performance.now() - began) / 1000).toFixed(1);
    const several = async (times: number, k: number, cold: boolean) => {
      const took: number[] = [];
      for (let seed = 0; seed < times; seed++) {
        if (cold) await ask("/forget");
        took.push((await ask("/query", { k, seed })).took);
      }
      return took;
    };
    for (const k of KS) {
      const cold = await several(COLD, k, true);
      await several(10, k, false);
      const used = cpu();
      const warm = await several(WARM, k, false);
      const each = (cpu() - used) / WARM;
      const { bytes } = (await ask("/state")).body as { bytes: number };
      const columns = [
        `${count} × ${dims}${budget === 0 ? "" : " (over)"}`.padEnd(18),
        String(k).padEnd(3),
        quantile(cold, 0.5).toFixed(0).padStart(8),
        quantile(warm, 0.5).toFixed(1).padStart(8),
        quantile(warm, 0.95).toFixed(1).padStart(5),
        each.toFixed(1).padStart(6),
        (bytes / 2 ** 20).toFixed(1).padStart(7),
        (memory() / 1024).toFixed(0),
      ];
      console.log(columns.join(" | "));
    }
    console.log(`  filled in ${filled} s`);
  }
} finally {
  await miniflare.dispose();
}

function bundle(): string {
  const config = join(directory, "wrangler.json");
  const source = (path: string) => join(ROOT, "src", path);
  writeFileSync(
    config,
    JSON.stringify({
      name: "vectors",
      main: join(import.meta.dirname, "vectors-worker.ts"),
      compatibility_date: COMPATIBILITY.compatibilityDate,
      alias: {
        "edgewise/sql": source("store/sql.ts"),
        "edgewise/segment-tables": source("vectors/segment-tables.ts"),
        "edgewise/segment-store": source("vectors/segment-store.ts"),
      },
    }),
  );
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const run = spawnSync(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--config", config, "--outdir", directory],
    {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
      encoding: "utf8",
    },
  );
  if (run.status !== 0) throw new Error(`wrangler failed: ${run.stdout}${run.stderr}`);
  return readFileSync(join(directory, "vectors-worker.js"), "utf8");
}
