// What was measured, as tables.
import { table } from "../turn/report.ts";
import type { Ingested } from "./ingestion.ts";
import { BY_MEANING, type Held, MANY } from "./memory.ts";
import type { Line } from "./searching.ts";

export type Results = {
  at: string;
  /** The commit of Edgewise that was measured; null where it is not known. */
  source: string | null;
  node: string;
  cores: number;
  /** Of the last minute, as each part began and ended. */
  load: Record<string, string>;
  words: number;
  ingested: Ingested[];
  lines: Line[];
  statements: unknown;
  held: Held[] | null;
};

export function render(results: Results): string {
  const { at, source, node, cores, load, words, ingested, lines, statements, held } = results;
  const loads = Object.entries(load).map(([part, it]) => `${part} ${it}`);
  const parts = [
    `${at} · ${source ?? "source unknown"} · ${cores} cores · Node ${node}\n` +
      `load: ${loads.join(", ")} · ${counted(words)} different words`,
  ];
  if (ingested.length > 0) parts.push(ingestedTable(ingested));
  if (lines.length > 0) {
    parts.push(timeTable(lines), costTable(lines), bounds(lines));
    parts.push(`D1 is asked for one search: ${JSON.stringify(statements)}`);
  }
  if (held !== null && held.length > 0) parts.push(heldTable(held));
  return parts.join("\n\n");
}

function ingestedTable(ingested: readonly Ingested[]): string {
  return table(
    "Ingestion, from POST /documents to indexed",
    ["", "documents", "KB each", "documents/min", "chunks/s", "POST p50 ms", "CPU ms/chunk"],
    ingested.map(({ what, documents, kilobytes, chunks, seconds, taken, cpu }) => [
      what,
      String(documents),
      kilobytes.toFixed(1),
      ((60 * documents) / seconds).toFixed(0),
      (chunks / seconds).toFixed(0),
      taken.toFixed(1),
      cpu?.toFixed(1) ?? "",
    ]),
  );
}

function timeTable(lines: readonly Line[]): string {
  return table(
    "Search, p50 / p95 in ms, by chunks",
    ["", ...sizesOf(lines), "slope of p50"],
    lines.map(({ what, points, slope }) => [
      what,
      ...points.map(({ p50, p95 }) => `${p50.toFixed(1)} / ${p95.toFixed(1)}`),
      slope.toFixed(2),
    ]),
  );
}

function costTable(lines: readonly Line[]): string {
  const metered = lines.filter(({ points }) => points.every(({ cpu }) => cpu !== null));
  return table(
    "CPU ms of workerd for a search, and how many it found on average",
    ["", ...sizesOf(lines)],
    metered.map(({ what, points }) =>
      [what].concat(
        points.map(({ cpu, found }) => `${cpu?.toFixed(1) ?? ""} (${found.toFixed(1)})`),
      ),
    ),
  );
}

function bounds(lines: readonly Line[]): string {
  return lines
    .flatMap(({ what, bound, points }) => {
      const last = points.at(-1);
      if (bound === null || last === undefined) return [];
      const judged = last.p95 <= bound ? "within" : "OVER";
      return `${what}, p95 at ${counted(last.size)}: ${last.p95.toFixed(1)} ms, bound ${bound}: ${judged}`;
    })
    .join("\n");
}

function heldTable(held: readonly Held[]): string {
  const row = (what: string, of: (one: Held) => number) => [
    what,
    ...held.map((one) => of(one).toFixed(0)),
  ];
  return table(
    "Resident memory of workerd (MB), by chunks",
    ["", ...held.map(({ size }) => counted(size))],
    [
      row("before its first search", ({ before }) => before),
      row("more after it", ({ first }) => first),
      row(`more after ${MANY}`, ({ many }) => many),
      row(`and ${BY_MEANING} by meaning alone`, ({ meaning }) => meaning),
    ],
  );
}

const sizesOf = (lines: readonly Line[]) => lines[0]?.points.map(({ size }) => counted(size)) ?? [];
const counted = (count: number) => count.toLocaleString("en");
