// `npm run bench:webhooks`: how many requests are accepted a second, and how long after its answer a
// receiver is told, beside receivers that are slow and dead. See bench/README.md.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Server, startServer } from "../../test/process/server.ts";
import { startStub } from "../../test/stub/provider.ts";
import { type Received, startReceiver } from "../../test/stub/receiver.ts";

const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const accepted = flags.quick ? 100 : 1000;
const turns = flags.quick ? 20 : 100;
/** Requests under way at once, and milliseconds between two turns whose webhooks are timed. */
const AT_ONCE = 16;
const PACE = 100;
const PASSWORD = "correct horse battery staple";

const stub = await startStub();
const receiver = await startReceiver();
const server = await startServer({
  vars: {
    OPENAI_API_KEY: "sk-bench",
    OPENAI_BASE_URL: `${stub.url}/v1`,
    RATE_LIMIT_ENABLED: "false",
    AUTO_TITLE: "false",
    APP_LOG_LEVEL: "error",
    WEBHOOK_SECRET: "a-secret-of-the-benchmark",
    WEBHOOK_TIMEOUT: "10",
  },
});
try {
  const token = await somebody(server);
  console.log(`${availableParallelism()} cores, wrangler dev, ${new Date().toISOString()}\n`);
  await acceptance(token);
  await new Promise((resolve) => setTimeout(resolve, 3000)); // until D1 has heard of what was waited for
  console.log(
    "\nmilliseconds from the end of a turn until a healthy receiver is told, by who hears of it beside it",
  );
  console.log(`${"".padEnd(28)}     p50     p99     max  told`);
  await latency(token, "nobody", []);
  await latency(token, "one that takes 5 s", ["mode=late&wait=5000"]);
  await latency(token, "one that never answers", ["mode=hang"]);
  await latency(token, "three that never answer", ["mode=hang", "mode=hang", "mode=hang"]);
} finally {
  await server.stop();
  await receiver.close();
  await stub.close();
}

/**
 * How many are accepted a second, each with its row in D1, and answered; and beside it the same turn waited for.
 * The turns of those that are accepted run meanwhile, on the same cores.
 */
async function acceptance(bearer: string): Promise<void> {
  const since = (began: number) => accepted / ((performance.now() - began) / 1000);
  const rate = async (headers: Record<string, string>) => {
    const began = performance.now();
    let left = accepted;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left-- > 0) await chat(bearer, headers);
      }),
    );
    const taken = since(began);
    await allEnded(bearer);
    return { taken, ended: since(began) };
  };
  await rate({ Prefer: "respond-async" }); // compiled, and its tables warm
  const later = await rate({ Prefer: "respond-async" });
  const waited = await rate({});
  console.log(`accepted: ${later.taken.toFixed(0)} requests/s, ${AT_ONCE} at once`);
  console.log(`the same until all have ended: ${later.ended.toFixed(0)}/s`);
  console.log(
    `the same turn waited for: ${waited.taken.toFixed(0)}/s (${(later.taken / waited.taken).toFixed(2)} ×)`,
  );
}

/** As D1 has heard. */
async function allEnded(bearer: string): Promise<void> {
  const open = async () => {
    const listed = await call(bearer, "GET", "/requests?status=processing&limit=1");
    return (listed as { pagination: { total: number } }).pagination.total;
  };
  while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function latency(bearer: string, what: string, beside: string[]): Promise<void> {
  const tag = `healthy${Math.random().toString(36).slice(2)}`;
  const ids = [await webhook(bearer, `tag=${tag}`)];
  for (const how of beside) ids.push(await webhook(bearer, `tag=beside&${how}`));
  for (let n = 0; n < turns; n += 1) {
    await chat(bearer, {});
    await new Promise((resolve) => setTimeout(resolve, PACE));
  }
  const all = await arrived(tag, turns);
  const waits = all
    .map(({ at, body }) => at - Date.parse(JSON.parse(body).timestamp))
    .toSorted((a, b) => a - b);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))];
  const cells = [at(0.5), at(0.99), waits.at(-1)].map((ms) => String(ms ?? "–").padStart(8));
  console.log(`${what.padEnd(28)}${cells.join("")}  ${all.length} of ${turns}`);
  for (const id of ids) await call(bearer, "DELETE", `/webhooks/${id}`);
}

async function arrived(tag: string, many: number): Promise<Received[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const all = (await (await fetch(`${receiver.url}/received?tag=${tag}`)).json()) as Received[];
    if (all.length >= many || Date.now() > deadline) return all;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function webhook(bearer: string, how: string): Promise<string> {
  const url = `${receiver.url}/hook?${how}`;
  const made = await call(bearer, "POST", "/webhooks", {
    url,
    events: ["chat.response.generated"],
  });
  return (made as { id: string }).id;
}

async function chat(bearer: string, headers: Record<string, string>): Promise<void> {
  await call(bearer, "POST", "/chat", { message: "Hi", model: "stub:tokens=8" }, headers);
}

async function somebody({ url }: Server): Promise<string> {
  const email = "bench@example.com";
  const json = (path: string, body: object) =>
    fetch(`${url}/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  await json("/auth/register", { email, password: PASSWORD });
  const answer = await json("/auth/login", { username: email, password: PASSWORD });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function call(
  bearer: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${bearer}`,
      "Content-Type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
