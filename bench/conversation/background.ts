// Nobody waits for a summary: turns while a model hangs over one, beside turns where none is ever made.
import { z } from "zod";
import type { Person } from "../auth/people.ts";
import type { Host } from "../turn/hosts.ts";
import { quantile } from "../turn/statistics.ts";
import { conversation, type Place } from "./fixtures.ts";
import { timed, turn } from "./lines.ts";

/** Milliseconds, medians, of turns that took turns. */
export type Background = {
  turns: number;
  hanging: number;
  without: number;
  /** Requests for a summary so far, and how many of them had ended when the last turn had. */
  asked: number;
  ended: number;
};

const LENGTH = 100;
/** What the host's SUMMARY_MODEL is to be: the stub never answers it. */
export const HANGING = { SUMMARY_MODEL: "openai/stub:fault=hang,tag=summary" };
const journalSchema = z.object({ calls: z.number(), aborted: z.number(), completed: z.number() });

/** @param host whose summaries hang */
export async function background(
  host: Host,
  stub: string,
  person: Person,
  turns: number,
): Promise<Background> {
  const asked = async () =>
    journalSchema.parse(await (await fetch(`${stub}/journal?tag=summary`)).json());
  const without = await conversation(host, person, LENGTH, {
    told: false,
    memory: { strategy: "buffer" },
  });
  for (let time = 0; time < 3; time++) await timed(without, turn(without));
  const none = (await asked()).calls;
  if (none !== 0) throw new Error("a summary was asked for where none is made");
  const condensed: Place = await conversation(host, person, LENGTH, { told: false });
  await timed(condensed, turn(condensed)); // its end is when a summary is wanted
  while ((await asked()).calls === 0);
  const times = { hanging: [] as number[], without: [] as number[] };
  for (let at = 0; at < turns; at++) {
    times.hanging.push(await timed(condensed, turn(condensed)));
    times.without.push(await timed(without, turn(without)));
  }
  const { calls, aborted, completed } = await asked();
  return {
    turns,
    hanging: quantile(times.hanging, 0.5),
    without: quantile(times.without, 0.5),
    asked: calls,
    ended: aborted + completed,
  };
}
