// What was measured, as tables, and each of the design's bounds beside its figure.
import type { FirstToken, Live, Memory, Throughput } from "./scenarios.ts";
import type { Spread } from "./statistics.ts";

export type Results = {
  at: string;
  host: string;
  /** The commit of Edgewise that was measured; null where it is not known. */
  source: string | null;
  node: string;
  cores: number;
  firstTokens: FirstToken[];
  throughput: Throughput[];
  live: Live[];
  memory: Memory | null;
  bounds: Bound[];
};

export type Bound = { what: string; figure: number; bound: number; unit: string; within: boolean };

/** Who is compared with whom. */
export type Names = { passThrough: string; fresh: string; running: string };

/** DESIGN.md §12, as far as this run has measured it. */
export function boundsOf(results: Omit<Results, "bounds">, names: Names): Bound[] {
  const { firstTokens, throughput, live } = results;
  const { passThrough, fresh, running } = names;
  const bounds: Bound[] = [];
  if (firstTokens.length > 0) {
    const over = (name: string) =>
      find(firstTokens, name).firstToken.p50 - find(firstTokens, passThrough).firstToken.p50;
    bounds.push(
      atMost("first token, running: over the pass-through, p50", over(running), 6, "ms"),
      atMost("first token, new: over the pass-through, p50", over(fresh), 10, "ms"),
    );
  }
  if (live.length > 0) {
    const ours = find(live, running).whole;
    const theirs = find(live, passThrough).whole;
    bounds.push(
      atMost("live streams, whole turn p50: of the pass-through", ours.p50 / theirs.p50, 1.25, "×"),
      atMost("live streams, whole turn p99: of the pass-through", ours.p99 / theirs.p99, 1.5, "×"),
    );
  }
  const busiest = throughput.filter(({ atOnce }) => atOnce === 64);
  if (busiest.length > 0) {
    const rate = (name: string) => find(busiest, name).turnsPerSecond;
    const share = rate(running) / rate(passThrough);
    bounds.push(atLeast("turns/s, 64 at once: of the pass-through (aim 0.6)", share, 0.4, "×"));
  }
  return bounds;
}

function atMost(what: string, figure: number, bound: number, unit: string): Bound {
  return { what: `${what} ≤`, figure, bound, unit, within: figure <= bound };
}

function atLeast(what: string, figure: number, bound: number, unit: string): Bound {
  return { what: `${what} ≥`, figure, bound, unit, within: figure >= bound };
}

export function render(results: Results): string {
  const { firstTokens, throughput, live, memory, bounds } = results;
  const parts = [
    `${results.at} · ${results.source ?? "source unknown"} · ${results.host} · ${results.cores} cores · Node ${results.node}`,
  ];
  if (firstTokens.length > 0) parts.push(firstTokenTable(firstTokens));
  for (const atOnce of new Set(throughput.map((row) => row.atOnce)))
    parts.push(
      throughputTable(
        atOnce,
        throughput.filter((row) => row.atOnce === atOnce),
      ),
    );
  if (live.length > 0) parts.push(liveTable(live));
  if (memory !== null) parts.push(memoryTable(memory));
  parts.push(boundTable(bounds));
  return parts.join("\n\n");
}

function firstTokenTable(rows: readonly FirstToken[]): string {
  return table(
    "Time to first token, one at a time (ms)",
    ["", "p50", "p99", "requests"],
    rows.map((row) => [
      row.variant,
      p50(row.firstToken),
      p99(row.firstToken),
      String(row.firstToken.count),
    ]),
  );
}

function throughputTable(atOnce: number, rows: readonly Throughput[]): string {
  const beside = find(rows, "pass-through").turnsPerSecond;
  return table(
    `Turns of 64 tokens, ${atOnce} at once (times in ms)`,
    [
      "",
      "turns/s",
      "tokens/s",
      "× pass-through",
      "first p50",
      "p99",
      "whole p50",
      "p99",
      "CPU ms/turn",
    ],
    rows.map((row) => [
      row.variant,
      row.turnsPerSecond.toFixed(0),
      row.tokensPerSecond.toFixed(0),
      (row.turnsPerSecond / beside).toFixed(2),
      p50(row.firstToken),
      p99(row.firstToken),
      p50(row.whole),
      p99(row.whole),
      row.cpuPerTurn?.toFixed(2) ?? "",
    ]),
  );
}

function liveTable(rows: readonly Live[]): string {
  const beside = find(rows, "pass-through");
  return table(
    `${beside.streams} live streams of 50 tokens/s, ${beside.tokens} tokens each (times in ms)`,
    ["", "whole p50", "p99", "× pass-through p50", "p99", "first p50", "p99", "CPU ms/turn"],
    rows.map((row) => [
      row.variant,
      p50(row.whole),
      p99(row.whole),
      (row.whole.p50 / beside.whole.p50).toFixed(2),
      (row.whole.p99 / beside.whole.p99).toFixed(2),
      p50(row.firstToken),
      p99(row.firstToken),
      row.cpuPerTurn?.toFixed(2) ?? "",
    ]),
  );
}

function memoryTable({ conversations, before, batches, perThousand }: Memory): string {
  const megabytes = (value: number) => value.toFixed(0);
  return table(
    `Twice ${conversations} open idle conversations: resident memory of workerd (MB)`,
    ["", "just opened", "15 s later"],
    [
      ["before", "", megabytes(before)],
      ...batches.map(({ opened, hibernated }, batch) => [
        `${conversations * (batch + 1)} open`,
        megabytes(opened),
        megabytes(hibernated),
      ]),
      ["per 1,000, of the second batch", "", megabytes(perThousand)],
    ],
  );
}

function boundTable(bounds: readonly Bound[]): string {
  return table(
    "Bounds (DESIGN §12)",
    ["", "measured", "bound", ""],
    bounds.map(({ what, figure, bound, unit, within }) => [
      what,
      `${figure.toFixed(2)} ${unit}`,
      `${bound} ${unit}`,
      within ? "within" : "OVER",
    ]),
  );
}

const p50 = (times: Spread) => times.p50.toFixed(1);
const p99 = (times: Spread) => times.p99.toFixed(1);

function find<T extends { variant: string }>(rows: readonly T[], variant: string): T {
  const row = rows.find((one) => one.variant === variant);
  if (row === undefined) throw new Error(`nothing was measured for ${variant}`);
  return row;
}

export function table(title: string, head: readonly string[], rows: readonly string[][]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return [title, ...all.map((row) => `  ${line(row)}`)].join("\n");
}
