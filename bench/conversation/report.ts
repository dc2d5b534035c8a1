// What was measured, as tables.
import { table } from "../turn/report.ts";
import type { Background } from "./background.ts";
import type { Line, Point } from "./lines.ts";
import type { Held } from "./memory.ts";

export type Results = {
  at: string;
  /** The commit of Edgewise that was measured; null where it is not known. */
  source: string | null;
  node: string;
  cores: number;
  lines: Line[];
  held: Held | null;
  background: Background | null;
};

export function render({ at, source, node, cores, lines, held, background }: Results): string {
  const parts = [`${at} · ${source ?? "source unknown"} · ${cores} cores · Node ${node}`];
  if (lines.length > 0) parts.push(timeTable(lines), rowTable(lines));
  if (held !== null) parts.push(heldTable(held));
  if (background !== null) parts.push(backgroundTable(background));
  return parts.join("\n\n");
}

function timeTable(lines: readonly Line[]): string {
  const lengths = lengthsOf(lines);
  return table(
    "Medians (ms) by messages on the active path, or conversations in the list",
    ["", ...lengths.map(counted), "slope", ratioHead(lengths[0]), ratioHead(lengths[1])],
    lines.map(({ what, points, slope }) => [
      what,
      ...points.map(({ time }) => time.toFixed(1)),
      slope.toFixed(3),
      ratio(points, 0),
      ratio(points, 1),
    ]),
  );
}

function rowTable(lines: readonly Line[]): string {
  const metered = lines.filter(({ points }) => points.every(({ rows }) => rows !== null));
  return table(
    "Rows that the object read / wrote for it, medians (and the most it wrote)",
    ["", ...lengthsOf(lines).map(counted)],
    metered.map(({ what, points }) => [what].concat(points.map(rowsAt))),
  );
}

function rowsAt({ rows }: Point): string {
  return rows === null ? "" : `${rows.read} / ${rows.written} (${rows.mostWritten})`;
}

function heldTable({ objects, repeats, points, slope }: Held): string {
  const row = (what: string, of: (point: Held["points"][number]) => number) => [
    what,
    ...points.map((point) => of(point).toFixed(0)),
  ];
  return table(
    `Resident memory (KB) for each of ${objects} objects that were opened and took a turn, ${repeats} times`,
    ["", ...points.map(({ length }) => counted(length)), "slope"],
    [
      [...row("median", ({ each }) => each), slope?.toFixed(3) ?? "none"],
      [...row("lowest", ({ low }) => low), ""],
      [...row("highest", ({ high }) => high), ""],
    ],
  );
}

function backgroundTable({ turns, hanging, without, asked, ended }: Background): string {
  return table(
    `A turn while the model of its conversation's summary hangs (asked ${asked} times, ended ${ended}), ${turns} of each`,
    ["", "p50 (ms)", "×"],
    [
      ["no summary", without.toFixed(1), ""],
      ["a summary hangs", hanging.toFixed(1), (hanging / without).toFixed(2)],
    ],
  );
}

function lengthsOf(lines: readonly Line[]): number[] {
  return lines[0]?.points.map(({ length }) => length) ?? [];
}

function ratio(points: readonly Point[], from: number): string {
  const first = points[from]?.time ?? Number.NaN;
  return ((points.at(-1)?.time ?? Number.NaN) / first).toFixed(2);
}

const ratioHead = (length: number | undefined) => `last ÷ ${counted(length ?? 0)}`;
const counted = (count: number) => count.toLocaleString("en");
