// What a turn that has ended used, as the books want it: one row for D1, and one settlement for the
// Account object that reserved for it. The same figures in both.
import { z } from "zod";
import { costOf, type Prices } from "../llm/prices.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { Charge } from "../protocol/charge.ts";
import type { UsageRow } from "../store/usage.ts";
import { thrownFields } from "../telemetry/log.ts";
import { RENEWAL } from "../usage/ledger.ts";
import type { Outcome } from "../turn/state.ts";
import type { LiveTurn } from "./live-turn.ts";
import type { ConversationRecord } from "./record.ts";
import type { ConversationServices } from "./services.ts";

export const settlementSchema = z.object({
  account: z.string(),
  reservation: z.string(),
  attempt: z.number(),
  actual: z.object({ prompt: z.number(), completion: z.number(), cost: z.number() }),
});
export type Settlement = z.infer<typeof settlementSchema>;

/** Null where nobody pays: the turn was accepted before there were accounts. */
export function booked(
  record: ConversationRecord,
  live: LiveTurn,
  outcome: Outcome,
  prices: Prices,
  now: number,
): { usage: UsageRow; settlement: Settlement | null } | null {
  const { charge } = live.row.input;
  if (charge === undefined || charge === null) return null;
  const used = usedBy(live, outcome);
  const provider = outcome.provider ?? live.asked?.provider ?? null;
  const model = outcome.model ?? live.asked?.model ?? null;
  const price = prices.of(provider, model);
  const { account, reservation, key_id, tier } = charge;
  return {
    usage: {
      turn_id: live.id,
      at: now,
      tenant_id: record.tenant_id,
      user_id: account,
      key_id,
      tier,
      conversation_id: record.id,
      provider,
      model,
      status: outcome.status,
      error_code: outcome.status === "failed" ? outcome.error.code : null,
      prompt_tokens: used.prompt,
      completion_tokens: used.completion,
      cost: price === null ? 0 : costOf(price, used),
      priced: price !== null,
    },
    settlement:
      reservation === null
        ? null
        : {
            account,
            reservation,
            attempt: live.epoch,
            actual: { ...used, cost: costOf(prices.cautious(provider, model), used) },
          },
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
