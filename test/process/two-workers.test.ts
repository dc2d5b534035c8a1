// Two Workers, each with a memory of its own, that share the objects of one: what one of them learnt
// of a dead model spares the other its lesson.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journal, startStub, type Stub } from "../stub/provider.ts";

const OBJECTS = {
  CONVERSATIONS: "Conversation",
  ACCOUNTS: "Account",
  THROTTLES: "Throttle",
  BREAKERS: "Breaker",
  ANSWER_CACHES: "AnswerCache",
};
const DEAD = "stub:fault=500,tag=dead";
const directory = mkdtempSync(join(tmpdir(), "edgewise-two-"));
let stub: Stub;
let miniflare: Miniflare;

beforeAll(async () => {
  stub = await startStub();
  const out = join(directory, "out");
  const wrangler = "node_modules/wrangler/bin/wrangler.js";
  const flags = ["deploy", "--dry-run", "--outdir", out, "--assets", directory];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" };
  const bundled = spawnSync(process.execPath, [wrangler, ...flags], { encoding: "utf8", env });
  if (bundled.status !== 0) throw new Error(bundled.stdout + bundled.stderr);
  const contents = readFileSync(join(out, "index.js"), "utf8");
  type Bound = { className: string; scriptName?: string; useSQLite: boolean };
  const worker = (name: string, objects: Record<string, Bound>) => ({
    name,
    modules: [{ type: "ESModule" as const, path: "worker.js", contents }],
    compatibilityDate: "2026-11-01",
    compatibilityFlags: ["enable_request_signal"],
    bindings: {
      APP_ENV: "development",
      OPENAI_API_KEY: "k",
      OPENAI_BASE_URL: `${stub.url}/v1`,
      ANTHROPIC_API_KEY: "k",
      ANTHROPIC_BASE_URL: stub.url,
      WORKERS_AI: "off",
      LLM_FALLBACK_MODEL: "anthropic/stub:tokens=4",
      LLM_RETRY_DELAY: "0.05",
      LLM_CACHE: "off",
      APP_LOG_LEVEL: "error",
      APP_SECRET_KEY: "a key that only this test knows, and no secret",
    },
    durableObjects: objects,
    d1Databases: { DB: "edgewise" },
    kvNamespaces: { CACHE: "cache" },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  });
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      resourcePersistencePath: join(directory, "data"),
      workers: [
        worker(
          "first",
          Object.fromEntries(
            Object.entries(OBJECTS).map(([name, className]) => [
              name,
              { className, useSQLite: true },
            ]),
          ),
        ),
        worker(
          "second",
          Object.fromEntries(
            Object.entries(OBJECTS).map(([name, className]) => [
              name,
              { className, scriptName: "first", useSQLite: true },
            ]),
          ),
        ),
      ],
    }),
  );
  const database = await miniflare.getD1Database("DB", "first");
  for (const { queries } of await readD1Migrations("migrations"))
    for (const query of queries) await database.prepare(query).run();
}, 120_000);

afterAll(async () => {
  await miniflare.dispose();
  await stub.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(worker: "first" | "second"): Promise<string> {
  const { origin } = await miniflare.unsafeGetDirectURL(worker);
  const response = await fetch(`${origin}/api/v1/chat/direct`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: DEAD, messages: [{ role: "user", content: "Hi" }] }),
  });
  const { provider } = (await response.json()) as { provider: string };
  return provider;
}

async function calls(): Promise<number> {
  const response = await fetch(`${stub.url}/journal?tag=dead`);
  return ((await response.json()) as Journal).calls;
}

test("the second request, and the other Worker's, does not wait for the first one's lesson", async () => {
  expect(await ask("first")).toBe("anthropic");
  const learnt = await calls();
  expect(learnt).toBe(3); // with its retries
  expect(await ask("first")).toBe("anthropic");
  expect(await calls()).toBe(learnt);
  // The other Worker has heard nothing yet: reading what the first one knows begins with its first
  // request, which is not kept waiting for it.
  expect(await ask("second")).toBe("anthropic");
  const atMost = await calls();
  expect(atMost).toBeLessThanOrEqual(learnt + 3);
  expect(await ask("second")).toBe("anthropic");
  expect(await calls()).toBe(atMost);
});
