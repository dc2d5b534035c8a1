// What was measured, as tables, each under a sentence of what it is.
import { table } from "../turn/report.ts";
import type { Added } from "./added.ts";
import type { Rate } from "./rates.ts";

/** What D1 was asked during so many turns: "insert usage" and how often. */
export type Asked = { turns: number; statements: Record<string, number> };

export type Results = {
  at: string;
  /** The commit of Edgewise that was measured; null where it is not known. */
  source: string | null;
  node: string;
  cores: number;
  added: Added[];
  rates: Rate[];
  statements: Asked | null;
};

export function render({ at, source, node, cores, added, rates, statements }: Results): string {
  const parts = [`${at} · ${source ?? "source unknown"} · ${cores} cores · Node ${node}`];
  for (const turn of new Set(added.map((row) => row.turn)))
    parts.push(
      addedTable(
        turn,
        added.filter((row) => row.turn === turn),
      ),
    );
  if (rates.length > 0) parts.push(rateTable(rates));
  if (statements !== null) parts.push(statementTable(statements));
  return parts.join("\n\n");
}

function addedTable(turn: string, rows: readonly Added[]): string {
  return table(
    `POST ${turn}: what authentication and admission add to what an unlimited visitor waits for (ms)`,
    ["", "p50", "p99", "added p50", "in fifths of the run", "added p99", "turns"],
    rows.map(({ variant, time, over }) => [
      variant,
      time.p50.toFixed(2),
      time.p99.toFixed(2),
      over === null ? "" : over.p50.toFixed(2),
      over === null ? "" : `${over.low.toFixed(2)} to ${over.high.toFixed(2)}`,
      over === null ? "" : over.p99.toFixed(2),
      String(time.count),
    ]),
  );
}

function rateTable(rows: readonly Rate[]): string {
  return table(
    "What one person's Account object takes, 32 at once, beside the same spread over many objects",
    ["", "who", "a second", "lowest to highest", "CPU ms each"],
    rows.map(({ what, who, perSecond, low, high, cpu }) => [
      what,
      who,
      perSecond.toFixed(0),
      `${low.toFixed(0)} to ${high.toFixed(0)}`,
      cpu?.toFixed(3) ?? "",
    ]),
  );
}

function statementTable({ turns, statements }: Asked): string {
  return table(
    `All that D1 was asked during ${turns} turns of chat/direct with a token or a key: the usage of all turns of a second is written together, and the signing keys are read every five minutes`,
    ["", "times"],
    Object.entries(statements).map(([said, times]) => [said, String(times)]),
  );
}
