// A real `npm start`, from outside: its own port, its own data, and a way to kill all of it.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** @throws with what the server printed, where it does not come up within a minute */
export async function startServer(
  options: { vars?: Record<string, string>; persist?: string; flags?: string[] } = {},
): Promise<Server> {
  const persist = options.persist ?? (await mkdtemp(join(tmpdir(), "edgewise-")));
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
