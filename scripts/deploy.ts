// `npm run deploy`: builds the page, makes the queues and, for an embedder that knows meaning, the Vectorize index
// where there are none, deploys (which makes the KV namespace, the R2 bucket and the D1 database where there are
// none), then migrates D1. Flags after `--` reach `wrangler deploy`. That it is production says wrangler.toml, so
// that a plain `wrangler deploy` is, too; that one keeps vectors in objects.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { OPENAI_DIMENSIONS, WORKERS_AI_DIMENSIONS } from "../src/llm/embedders/dimensions.ts";
import { boundTo, indexNamesIn, makeVectorizeIndex, MOST_DIMENSIONS } from "./vectorize.ts";

const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };
const flags = process.argv.slice(2);
const CONFIG = "wrangler.deploy.toml";

run("vite", ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"]);
// Wrangler makes a queue that something is sent to, and not one that only a consumer names.
const queues = readFileSync("wrangler.toml", "utf8").matchAll(/^queue = "(.+)"$/gm);
for (const queue of new Set([...queues].map(([, name = ""]) => name)))
  if (!succeeds(["queues", "info", queue])) run("wrangler", ["queues", "create", queue]);
const dimensions = dimensionsOf(variable("EMBEDDING_MODEL"));
if (dimensions !== null)
  makeVectorizeIndex(
    { run: (args) => run("wrangler", args), succeeds, output },
    dimensions,
    (message) => console.warn(message),
  );
// Every index that there is is bound: what an embedder of before filled serves until the next has filled its own.
const bound = indexNamesIn(output(["vectorize", "list", "--json"]));
writeFileSync(CONFIG, `${readFileSync("wrangler.toml", "utf8")}\n${boundTo(bound)}`);
// A database that exists is migrated before the code that needs it; a new one exists only after.
const known = succeeds(["d1", "info", "edgewise"]);
if (known) migrate();
run("wrangler", ["deploy", "--config", CONFIG, ...flags]);
if (!known) migrate();

/** As a flag says, else wrangler.toml. */
function variable(name: string): string {
  const flag = flags.find((it) => it.startsWith(`${name}:`))?.slice(name.length + 1);
  const line = new RegExp(`^${name}\\s*=\\s*"([^"]*)"`, "m");
  return flag ?? line.exec(readFileSync("wrangler.toml", "utf8"))?.[1] ?? "";
}

/** Of an embedder whose vectors Vectorize has room for; null for the others, whose are kept in objects. */
function dimensionsOf(embedder: string): number | null {
  const [provider, ...model] = embedder.split("/");
  const lengths = provider === "workers-ai" ? WORKERS_AI_DIMENSIONS : OPENAI_DIMENSIONS;
  const length = lengths[model.join("/")] ?? null;
  if (length !== null && length > MOST_DIMENSIONS)
    console.warn(
      `${embedder} has ${length} dimensions, Vectorize at most ${MOST_DIMENSIONS}: vectors are kept in objects`,
    );
  return length !== null && length <= MOST_DIMENSIONS ? length : null;
}

function migrate(): void {
  run("wrangler", ["d1", "migrations", "apply", "edgewise", "--remote"]);
}

function succeeds(args: string[]): boolean {
  return spawnSync("wrangler", args, { env, stdio: "ignore" }).status === 0;
}

function output(args: string[]): string | null {
  const { status, stdout } = spawnSync("wrangler", args, { env, encoding: "utf8" });
  return status === 0 ? stdout : null;
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
