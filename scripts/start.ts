// `npm start`: checks the configuration, builds the page, migrates the local D1, and serves with
// `wrangler dev --local`. Needs no account, no key and no network. Flags after `--` reach wrangler.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { type Config, ConfigError, readConfig } from "../src/config.ts";
import { isMigrated } from "./migrated.ts";

const flags = process.argv.slice(2);
const { values } = parseArgs({
  args: flags,
  strict: false,
  options: {
    port: { type: "string" },
    "persist-to": { type: "string" },
    var: { type: "string", multiple: true },
  },
});

/** Quiet, and without looking for the internet. */
const env = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Wrangler asks before it migrates, unless it believes nobody is there to answer.
  CI: "true",
};

const { APP_ENV } = checkConfiguration();
if (pageIsStale()) run("vite", ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"]);
const persist = typeof values["persist-to"] === "string" ? values["persist-to"] : undefined;
if (!(await isMigrated(persist)))
  run(
    "wrangler",
    ["d1", "migrations", "apply", "DB", "--local"].concat(
      persist === undefined ? [] : ["--persist-to", persist],
    ),
    { quiet: true },
  );

const port = values.port === undefined ? ["--port", "8787"] : [];
const vars = [
  // wrangler.toml says production, for what is deployed.
  ["--var", `APP_ENV:${APP_ENV}`],
  // The AI binding cannot run without an account: the variable, not the binding, decides.
  ["--var", "WORKERS_AI:off"],
].flat();
// What runs by the clock is rung by hand here: curl localhost:8787/cdn-cgi/handler/scheduled
const server = spawn(
  "wrangler",
  ["dev", "--local", "--test-scheduled", ...vars, ...port, ...flags],
  {
    stdio: "inherit",
    env: { ...env, CI: process.env["CI"] ?? "" },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));
server.on("exit", (code) => process.exit(code ?? 1));

/**
 * What `.dev.vars` and flags configure; what they leave open has the schema's defaults. A bad value
 * stops the start here, by name, before anything is built.
 */
function checkConfiguration(): Config {
  const local = existsSync(".dev.vars") ? parseEnv(readFileSync(".dev.vars", "utf8")) : {};
  const given = (values.var ?? []).map((pair) => {
    const [name = "", ...value] = String(pair).split(":");
    return [name, value.join(":")];
  });
  try {
    return readConfig({ ...local, WORKERS_AI: "off", ...Object.fromEntries(given) });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    console.error(thrown.message);
    process.exit(1);
  }
}

/** Whether the page has changed since it was built, or never was. */
function pageIsStale(): boolean {
  if (!existsSync("web/dist/index.html")) return true;
  const built = statSync("web/dist/index.html").mtimeMs;
  const sources = ["web/src", "src/protocol"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath, entry.name),
    ),
  );
  return [
    ...sources,
    "web/index.html",
    "web/docs.html",
    "web/vite.config.ts",
    "package-lock.json",
  ].some((file) => statSync(file).mtimeMs > built);
}

/** Runs a step to its end; where it fails, so does the start, with what the step had to say. */
function run(command: string, args: string[], { quiet = false } = {}): void {
  const step = spawnSync(command, args, {
    env,
    encoding: "utf8",
    stdio: quiet ? "pipe" : "inherit",
  });
  if (step.status === 0) return;
  console.error(`${command} ${args.join(" ")} failed.\n${step.stdout ?? ""}${step.stderr ?? ""}`);
  process.exit(step.status ?? 1);
}
