// `npm run bench:knowledge`: how fast documents come in, and what a search takes and holds at 1,000, 10,000
// and 100,000 chunks. See bench/README.md.
import { availableParallelism, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmark, keep, kept, say } from "../harness.ts";
import { root, sourceOf, startEdgewise } from "../turn/hosts.ts";
import { ingestion } from "./ingestion.ts";
import { memory } from "./memory.ts";
import { type Place, places } from "./places.ts";
import { render, type Results } from "./report.ts";
import { cold, statements, warm } from "./searching.ts";
import { Texts } from "./texts.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** Of ingestion, search, memory; all without it. */
    only: { type: "string", multiple: true, default: [] },
    /** A folder for the filled indexes, to be measured again: filling is most of the time. */
    data: { type: "string" },
  },
});
const size = flags.quick
  ? { small: 60, large: 1, runs: 2, cold: 4, repeats: 1 }
  : { small: 300, large: 4, runs: 10, cold: 15, repeats: 3 };
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
const SIZES = [1_000, 10_000, 100_000];
/** Is searched before memory is measured. */
const SMALL = 100;
/** Requests a minute: the most that can be configured. */
const VARIABLES = { RATE_LIMIT_REQUESTS: "1000000" };
/** No model is asked. */
const NOBODY = "http://127.0.0.1:9";

await benchmark(async () => {
  const worker = join(import.meta.dirname, "worker.ts");
  const edgewise = async (data: string | null) =>
    kept(await startEdgewise("workerd", NOBODY, root, VARIABLES, worker, data));
  const texts = new Texts();
  const results: Results = {
    at: new Date().toISOString(),
    source: sourceOf(root),
    node: process.versions.node,
    cores: availableParallelism(),
    load: {},
    words: texts.size,
    ingested: [],
    lines: [],
    statements: null,
    held: null,
  };
  /** Beside what it measured, what else the machine did. */
  const loaded = async <T>(what: string, measure: () => Promise<T>): Promise<T> => {
    const before = load();
    const measured = await say(what, measure());
    results.load[what] = `${before} to ${load()}`;
    return measured;
  };
  if (wanted("ingestion")) {
    const host = await edgewise(null);
    results.ingested = await loaded("ingestion", () => ingestion(host, texts, size));
    await host.stop();
  }
  if (wanted("search") || wanted("memory")) {
    const host = await edgewise(flags.data === undefined ? null : resolve(flags.data));
    const all = await loaded("filling", () =>
      places(host, texts, [SMALL, ...SIZES], flags.data ?? null),
    );
    const [small, ...measured] = all as [Place, ...Place[]];
    if (wanted("search")) {
      const lines = await loaded("search", () => warm(host, texts, measured, size.runs));
      const first = await loaded("cold", () => cold(host, texts, measured, size.cold));
      results.lines = [...lines, first];
      results.statements = await statements(host, texts, small);
    }
    if (wanted("memory"))
      results.held = await loaded("memory", () =>
        memory(host, texts, small, measured, size.repeats),
      );
  }

  console.log(`\n${render(results)}`);
  keep("knowledge", results);
});

/** Of the last minute. */
function load(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(1);
}
