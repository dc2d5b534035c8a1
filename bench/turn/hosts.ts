// What is measured, running: the stub, and each Worker in a workerd of its own. By default a Worker is
// bundled by wrangler and served by workerd itself (Miniflare sets it up, and its entry Worker is
// passed by); with `wrangler`, by `wrangler dev --local`, front proxy included.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { workerdsBelow } from "./processes.ts";

export type Host = {
  url: string;
  /** Its workerd; null where that cannot be told. */
  pid: number | null;
  /** Ends its process and serves what it stored from a new one: `url` and `pid` change. Not wrangler's. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
};

export type Kind = "workerd" | "wrangler";

const here = import.meta.dirname;
export const root = join(here, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const given = new Set<number>();
/** As in wrangler.toml, for both Workers. */
const COMPATIBILITY = { date: "2026-11-01", flags: ["enable_request_signal"] };
/** Quiet, and without looking for the internet. */
const env = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  CI: "true",
};

/** Which source is measured: its commit, and whether it was changed since. Null outside of git. */
export function sourceOf(directory: string): string | null {
  const git = (...words: string[]) =>
    spawnSync("git", words, { cwd: directory, encoding: "utf8", env });
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit.status !== 0) return null;
  const changed = git("status", "--porcelain", "--", "src", "durable-objects", "package-lock.json");
  return `${commit.stdout.trim()}${changed.stdout.trim() === "" ? "" : ", changed"}`;
}

/** The model vendor, as a process of its own. */
export async function startStub(): Promise<{
  url: string;
  pid: number;
  stop: () => Promise<void>;
}> {
  const port = await freePort();
  const stub = spawn(process.execPath, [join(root, "test/stub/main.ts"), String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/v1/models`, stub);
  return { url, pid: stub.pid ?? 0, stop: () => ended(stub) };
}

export async function startPassThrough(kind: Kind, stub: string): Promise<Host> {
  const main = join(here, "pass-through.ts");
  const vars = { UPSTREAM: `${stub}/v1/chat/completions` };
  if (kind === "workerd")
    return startWorkerd(stripTypeScriptTypes(readFileSync(main, "utf8")), vars, null);
  // A configuration of its own: beside the file wrangler would find Edgewise's.
  const directory = temporary();
  const config = {
    name: "pass-through",
    main,
    compatibility_date: COMPATIBILITY.date,
    compatibility_flags: COMPATIBILITY.flags,
  };
  writeFileSync(join(directory, "wrangler.json"), JSON.stringify(config));
  return startWrangler(directory, ["--config", join(directory, "wrangler.json")], vars, "/");
}

/**
 * @param directory of the source: this repository, or a copy with a change in it
 * @param more variables beside those that every benchmark sets
 * @param around a Worker's file that imports "edgewise" and is served in its place; not by wrangler
 * @param data where it stores, if that is to outlive it; not by wrangler
 */
export async function startEdgewise(
  kind: Kind,
  stub: string,
  directory: string,
  more: Record<string, string> = {},
  around: string | null = null,
  data: string | null = null,
): Promise<Host> {
  const vars = {
    APP_ENV: "development", // wrangler.toml, which only wrangler reads, says production
    OPENAI_API_KEY: "stub",
    OPENAI_BASE_URL: `${stub}/v1`,
    DEFAULT_PROVIDER: "openai",
    WORKERS_AI: "off",
    APP_LOG_LEVEL: "error",
    APP_SECRET_KEY: "a benchmark's key, and no secret at all",
    ...more,
  };
  if (kind === "workerd")
    return startWorkerd(bundle(directory), vars, join(directory, "migrations"), around, data);
  const persist = ["--persist-to", temporary()];
  runWrangler(directory, ["d1", "migrations", "apply", "DB", "--local", ...persist]);
  return startWrangler(directory, ["--assets", temporary(), ...persist], vars, "/health");
}

/** @param migrations the directory of D1's; null for a Worker without bindings */
async function startWorkerd(
  script: string,
  vars: Record<string, string>,
  migrations: string | null,
  around: string | null = null,
  data: string | null = null,
): Promise<Host> {
  const known = data !== null && existsSync(data);
  const module = (path: string, contents: string) =>
    ({ type: "ESModule", path, contents }) as const;
  const options = convertV4MiniflareOptions({
    name: "worker",
    modules:
      around === null
        ? [module("worker.js", script)]
        : [
            module("worker.js", stripTypeScriptTypes(readFileSync(around, "utf8"))),
            module("edgewise", script),
          ],
    compatibilityDate: COMPATIBILITY.date,
    compatibilityFlags: COMPATIBILITY.flags,
    bindings: vars,
    cf: false,
    // The direct socket leads past Miniflare's entry Worker, and what a Worker fetches goes straight out.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    stripCfConnectingIp: false,
    resourcePersistencePath: data ?? temporary(),
    ...(migrations === null
      ? {}
      : {
          durableObjects: {
            CONVERSATIONS: { className: "Conversation", useSQLite: true },
            ACCOUNTS: { className: "Account", useSQLite: true },
            THROTTLES: { className: "Throttle", useSQLite: true },
            BREAKERS: { className: "Breaker", useSQLite: true },
            ANSWER_CACHES: { className: "AnswerCache", useSQLite: true },
            KNOWLEDGE: { className: "KnowledgeIndex", useSQLite: true },
          },
          d1Databases: { DB: "edgewise" },
          kvNamespaces: { CACHE: "cache" },
          r2Buckets: { ORIGINALS: "originals" },
          queueProducers: { USAGE: "edgewise-usage", INGESTION: "edgewise-ingestion" },
          queueConsumers: {
            "edgewise-usage": { maxBatchSize: 100, maxBatchTimeout: 1 },
            "edgewise-ingestion": { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 8 },
          },
        }),
  });
  const serve = async () => {
    const before = new Set(workerdsBelow(process.pid));
    const miniflare = new Miniflare(options);
    const url = (await miniflare.unsafeGetDirectURL("worker")).origin;
    const pid = workerdsBelow(process.pid).find((one) => !before.has(one)) ?? null;
    return { miniflare, url, pid };
  };
  let { miniflare, ...at } = await serve();
  if (migrations !== null && !known) await migrate(miniflare, migrations);
  const host: Host = {
    ...at,
    restart: async () => {
      await miniflare.dispose();
      ({ miniflare, ...at } = await serve());
      Object.assign(host, at);
    },
    stop: () => miniflare.dispose(),
  };
  return host;
}

async function migrate(miniflare: Miniflare, migrations: string): Promise<void> {
  const database = await miniflare.getD1Database("DB", "worker");
  for (const { queries } of await readD1Migrations(migrations))
    for (const query of queries) await database.prepare(query).run();
}

/** The Worker as a deployment would bundle it. */
function bundle(directory: string): string {
  const out = temporary();
  runWrangler(directory, ["deploy", "--dry-run", "--outdir", out, "--assets", temporary()]);
  return readFileSync(join(out, "index.js"), "utf8");
}

async function startWrangler(
  directory: string,
  flags: string[],
  vars: Record<string, string>,
  ready: string,
): Promise<Host> {
  const port = await freePort();
  const bound = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const rest = [
    "--port",
    String(port),
    "--inspector-port",
    String(await freePort()),
    "--log-level",
    "error",
  ];
  const server = spawn(
    process.execPath,
    [wrangler, "dev", "--local", ...flags, ...bound, ...rest],
    {
      cwd: directory,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await answering(url + ready, server);
  // Wrangler restarts its workerds as it likes: whose process is the Worker's cannot be told.
  const restart = () => Promise.reject(new Error("wrangler's hosts do not restart"));
  return { url, pid: null, restart, stop: () => ended(server) };
}

function runWrangler(directory: string, flags: string[]): void {
  const run = spawnSync(process.execPath, [wrangler, ...flags], {
    cwd: directory,
    env,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`wrangler ${flags[0]} failed: ${run.stdout}${run.stderr}`);
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if (server.exitCode !== null) throw new Error(`what should serve ${url} ended by itself`);
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(5000) })).arrayBuffer();
      return;
    } catch {
      await setTimeout(100); // not listening yet
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** Of the range that benchmarks use. */
async function freePort(): Promise<number> {
  for (let port = 9200; port < 9300; port++)
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  throw new Error("no port from 9200 to 9299 is free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** A new directory, gone when the process ends. */
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-bench-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
