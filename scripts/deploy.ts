// `npm run deploy`: builds the page, deploys (which makes the KV namespace and the D1 database where
// there are none), then migrates D1. Flags after `--` reach `wrangler deploy`. That it is production
// says wrangler.toml, so that a plain `wrangler deploy` is, too.
import { spawnSync } from "node:child_process";

const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };

run("vite", ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"]);
// A database that exists is migrated before the code that needs it; a new one exists only after.
const known =
  spawnSync("wrangler", ["d1", "info", "edgewise"], { env, stdio: "ignore" }).status === 0;
if (known) migrate();
run("wrangler", ["deploy", ...process.argv.slice(2)]);
if (!known) migrate();

function migrate(): void {
  run("wrangler", ["d1", "migrations", "apply", "edgewise", "--remote"]);
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
