// What is known of a turn however it ends: who answered, and what that used, earlier attempts included.
import { type Meter, sumOf } from "../llm/calls.ts";
import type { Usage } from "../protocol/message.ts";

export type Tally = {
  provider: string | null;
  model: string | null;
  /** Null where no model was asked. */
  usage: Usage | null;
  /** Whether some of `usage` is our estimate. */
  estimated: boolean;
};

export function tallyOf(meter: Meter): Tally {
  const calls = meter.calls().filter(({ purpose }) => purpose === "chat");
  const last = calls.at(-1);
  return {
    provider: last?.provider ?? null,
    model: last?.model ?? null,
    usage: last === undefined ? null : sumOf(calls.map(({ usage }) => usage)),
    estimated: calls.some(({ estimated, usage }) => estimated && usage.total > 0),
  };
}
