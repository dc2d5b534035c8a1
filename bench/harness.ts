// What every benchmark does: ends what it started, says what it measures, and keeps what it saw.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hangUp } from "./turn/client.ts";
import { root } from "./turn/hosts.ts";

type Stoppable = { stop: () => Promise<void> };

const started: Stoppable[] = [];

/** Is stopped when the benchmark ends. */
export function kept<T extends Stoppable>(one: T): T {
  started.push(one);
  return one;
}

/** Runs it, and ends what it started, also where whoever waits for it ends it. */
export async function benchmark(measure: () => Promise<void>): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  try {
    await measure();
  } finally {
    await stopAll();
  }
}

async function stopAll(): Promise<void> {
  hangUp();
  await Promise.all(started.map((one) => one.stop()));
}

/** Says on stderr what is being measured, and how long it took. */
export async function say<T>(what: string, measuring: Promise<T>): Promise<T> {
  const began = Date.now();
  process.stderr.write(`${what} … `);
  const measured = await measuring;
  process.stderr.write(`${((Date.now() - began) / 1000).toFixed(0)} s\n`);
  return measured;
}

/** Writes them into bench/results, and says where. */
export function keep(name: string, results: { at: string }): void {
  const directory = join(root, "bench/results");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}-${results.at.replaceAll(/[:.]/g, "-")}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${file}`);
}
