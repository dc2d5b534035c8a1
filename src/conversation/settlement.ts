// What a turn that has ended used, as the books want it: one row for D1, and one settlement for the
// Account object that reserved for it. The same figures in both.
import { z } from "zod";
import { costOf, type Prices } from "../llm/prices.ts";
import type { Purpose } from "../llm/purposes.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { Charge } from "../protocol/charge.ts";
import type { Usage } from "../protocol/message.ts";
import type { UsageRow } from "../store/usage.ts";
import { thrownFields } from "../telemetry/log.ts";
import { RENEWAL } from "../usage/ledger.ts";
import type { Outcome } from "../turn/state.ts";
import type { LiveTurn } from "./live-turn.ts";
import type { ConversationRecord } from "./record.ts";
import type { ConversationServices } from "./services.ts";
import type { Spent } from "./turns.ts";

export const settlementSchema = z.object({
  account: z.string(),
  reservation: z.string(),
  attempt: z.number(),
  actual: z.object({ prompt: z.number(), completion: z.number(), cost: z.number() }),
});
export type Settlement = z.infer<typeof settlementSchema>;

/** What was asked beside the answer: a title, a summary. */
export type Aside = {
  purpose: Exclude<Purpose, "chat">;
  provider: string;
  model: string;
  usage: Pick<Usage, "prompt" | "completion">;
};

export type Booked = { usage: UsageRow[]; settlement: Settlement | null; spent: Spent };

/** Null where nobody pays: the turn was accepted before there were accounts. */
export function booked(
  record: ConversationRecord,
  live: LiveTurn,
  outcome: Outcome,
  prices: Prices,
  now: number,
): Booked | null {
  const { charge } = live.row.input;
  if (charge === undefined || charge === null) return null;
  const used = usedBy(live, outcome);
  const provider = outcome.provider ?? live.asked?.provider ?? null;
  const model = outcome.model ?? live.asked?.model ?? null;
  const answer = usageRow(record, live.id, charge, prices, now, {
    purpose: "chat",
    provider,
    model,
    usage: used,
    status: outcome.status,
    error_code: outcome.status === "failed" ? outcome.error.code : null,
  });
  const spent = {
    attempt: live.epoch,
    ...used,
    cost: costOf(prices.cautious(provider, model), used),
  };
  const mark = `${live.id}:with.${live.epoch}`;
  const beside = bookedBeside(record, mark, charge, spent, live.asides, prices, now);
  const all = { ...beside.spent, attempt: live.epoch };
  return {
    usage: [answer, ...beside.usage],
    settlement: settlementOf(charge, all),
    spent: all,
  };
}

/**
 * What was asked in a turn's name beside its answer comes to what was settled for it before.
 * @param mark begins the ids of its rows: no other call's
 */
export function bookedBeside(
  record: ConversationRecord,
  mark: string,
  charge: Charge,
  before: Spent,
  asides: readonly Aside[],
  prices: Prices,
  now: number,
): Booked {
  const usage = asides.map((aside, at) =>
    usageRow(record, `${mark}.${at}`, charge, prices, now, {
      ...aside,
      status: "completed",
      error_code: null,
    }),
  );
  const spent = asides.reduce(
    (sum, { provider, model, usage: used }) => ({
      attempt: sum.attempt,
      prompt: sum.prompt + used.prompt,
      completion: sum.completion + used.completion,
      cost: sum.cost + costOf(prices.cautious(provider, model), used),
    }),
    { ...before, attempt: before.attempt + 1 },
  );
  return { usage, spent, settlement: settlementOf(charge, spent) };
}

function settlementOf(
  { account, reservation }: Charge,
  { attempt, ...actual }: Spent,
): Settlement | null {
  return reservation === null ? null : { account, reservation, attempt, actual };
}

function usageRow(
  record: ConversationRecord,
  turn_id: string,
  { account, key_id, tier }: Charge,
  prices: Prices,
  now: number,
  asked: Pick<UsageRow, "purpose" | "provider" | "model" | "status" | "error_code"> &
    Pick<Aside, "usage">,
): UsageRow {
  const { provider, model, usage } = asked;
  const price = prices.of(provider, model);
  return {
    turn_id,
    at: now,
    tenant_id: record.tenant_id,
    user_id: account,
    key_id,
    tier,
    conversation_id: record.id,
    purpose: asked.purpose,
    provider,
    model,
    status: asked.status,
    error_code: asked.error_code,
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    cost: price === null ? 0 : costOf(price, usage),
    priced: price !== null,
  };
}

const NOTHING = { prompt: 0, completion: 0 };

/**
 * What all attempts of a turn used together. The last one's is known, or estimated with the whole text;
 * of those that a restart cut off nobody told, so theirs is estimated: as long a prompt again, and the
 * text they left.
 */
function usedBy(
  live: LiveTurn,
  { usage, usageEstimated }: Outcome,
): { prompt: number; completion: number } {
  const { text, reasoning } = live.transcript;
  const said = estimateTokens(text) + estimateTokens(reasoning);
  // A model that was cut off before it could end was asked, and said what it said.
  const last =
    usage ?? (live.asked === null ? NOTHING : { prompt: live.asked.prompt, completion: said });
  const seam = live.row.epochs.at(-1)?.offset ?? 0;
  const earlier = usage === null || usageEstimated ? 0 : estimateTokens(text.slice(0, seam));
  return {
    prompt: last.prompt * live.epoch,
    completion: last.completion + earlier,
  };
}

/** What the turns of one conversation owe to the accounts that reserved for them. */
export class Dues {
  readonly #services: Pick<ConversationServices, "account" | "log">;
  /** Reservations that were settled, and whose outbox rows are still there. */
  readonly #settled = new Set<string>();

  constructor(services: Pick<ConversationServices, "account" | "log">) {
    this.#services = services;
  }

  /**
   * Tells the account at once, so that what is over does not count as running. Where that fails, the
   * outbox tells it again: then `again`, and it rejects.
   */
  async settle(settlement: Settlement, again = false): Promise<void> {
    const { account, reservation, attempt, actual } = settlement;
    if (again && this.#settled.delete(reservation)) return;
    try {
      await this.#services.account(account).settle(reservation, attempt, actual);
      if (!again) this.#settled.add(reservation);
    } catch (thrown) {
      if (again) throw thrown;
      this.#services.log.warning("charge.delayed", thrownFields(thrown));
    }
  }

  /** Keeps what was reserved for a turn from lapsing while it runs, or waits. */
  renew(live: LiveTurn, now: number): void {
    if (now - live.renewedAt < RENEWAL) return;
    live.renewedAt = now;
    const { charge } = live.row.input;
    if (!charge || charge.reservation === null) return;
    this.#services
      .account(charge.account)
      .renew(charge.reservation)
      .catch((thrown: unknown) =>
        this.#services.log.warning("charge.lapsing", thrownFields(thrown)),
      );
  }
}

/** Gives back what was reserved for a message that no turn was made for. Where that fails it lapses. */
export async function giveBack(
  { account, log }: Pick<ConversationServices, "account" | "log">,
  charge: Charge | null,
): Promise<void> {
  if (charge === null || charge.reservation === null) return;
  try {
    await account(charge.account).release(charge.reservation);
  } catch (thrown) {
    log.warning("charge.kept", thrownFields(thrown));
  }
}
