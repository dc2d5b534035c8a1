// `npm run deploy`: builds the page, makes the queues where there are none, deploys (which makes the KV
// namespace and the D1 database where there are none), then migrates D1. Flags after `--` reach `wrangler deploy`. That it is production
// says wrangler.toml, so that a plain `wrangler deploy` is, too.
import { spawnSync } from "node:child_process";

const env = { ...process.env, WRANGLER_SEND_METRICS: "false" };

run("vite", ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"]);
// Wrangler makes a queue that something is sent to, and not one that only a consumer names.
for (const queue of ["edgewise-usage-dead", "edgewise-usage"])
  if (!succeeds(["queues", "info", queue])) run("wrangler", ["queues", "create", queue]);
// A database that exists is migrated before the code that needs it; a new one exists only after.
const known = succeeds(["d1", "info", "edgewise"]);
if (known) migrate();
run("wrangler", ["deploy", ...process.argv.slice(2)]);
if (!known) migrate();

function migrate(): void {
  run("wrangler", ["d1", "migrations", "apply", "edgewise", "--remote"]);
}

function succeeds(args: string[]): boolean {
  return spawnSync("wrangler", args, { env, stdio: "ignore" }).status === 0;
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
