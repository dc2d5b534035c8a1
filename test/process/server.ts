// A real `npm start`, from outside: its own port, its own data, and a way to kill all of it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type Server = {
  url: string;
  /** Where its data is: give it to another start to go on with it. */
  persist: string;
  /** Kills every process of it; the data stays. */
  kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Kills it and removes the data. */
  stop: () => Promise<void>;
  output: () => string;
};

/**
 * @param options `persist`: of a server before it, or empty; else it has nothing but the tables
 * @throws with what the server printed, where it does not come up within a minute
 */
export async function startServer(
  options: { vars?: Record<string, string>; persist?: string; flags?: string[] } = {},
): Promise<Server> {
  const persist = options.persist ?? (await withTables());
  const port = await freePort();
  const vars = Object.entries(options.vars ?? {}).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  const args = [
    "start",
    "--",
    "--port",
    String(port),
    "--inspector-port",
    String(await freePort()),
    "--persist-to",
    persist,
  ];
  // A group of its own, so that a kill reaches wrangler and workerd, too.
  const child = spawn("npm", [...args, ...vars, ...(options.flags ?? [])], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (output += String(text)));

  const url = `http://localhost:${port}`;
  const deadline = Date.now() + 60_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await killGroup(child, "SIGKILL");
      throw new Error(`the server did not come up:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    persist,
    output: () => output,
    kill: (signal = "SIGKILL") => killGroup(child, signal),
    stop: async () => {
      await killGroup(child, "SIGKILL");
      await rm(persist, { recursive: true, force: true });
    },
  };
}

/** A copy of what a first start leaves: its migrations would take seconds each time. */
async function withTables(): Promise<string> {
  const persist = await mkdtemp(join(tmpdir(), "edgewise-"));
  await cp(await madeOnce(), persist, { recursive: true });
  return persist;
}

/** Kept until a migration comes or is changed, or `npm ci`. */
async function madeOnce(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir("migrations")).toSorted())
    hash
      .update(name)
      .update("\0")
      .update(await readFile(join("migrations", name)));
  const kept = join("node_modules/.cache/edgewise", `tables-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(kept)) return kept;
  await mkdir(dirname(kept), { recursive: true });
  const making = await mkdtemp(`${kept}-`);
  execFileSync(
    "npx",
    ["wrangler", "d1", "migrations", "apply", "DB", "--local", "--persist-to", making],
    { env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false" }, stdio: "pipe" },
  );
  // Where two make it at once, the other's does as well.
  await rename(making, kept).catch(() => rm(making, { recursive: true, force: true }));
  return kept;
}

async function killGroup(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined) return;
  const exited =
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => child.once("exit", resolve));
  try {
    process.kill(-child.pid, signal);
  } catch {
    // All of it has ended already.
  }
  await exited;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
