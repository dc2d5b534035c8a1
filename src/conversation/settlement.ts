// What a turn that has ended used, as the books want it: events for D1, and one settlement for the
// Account object that reserved for it. The same figures in both.
import { z } from "zod";
import { bookings } from "../llm/bookings.ts";
import type { ModelCall } from "../llm/calls.ts";
import type { Prices } from "../llm/prices.ts";
import type { Charge } from "../protocol/charge.ts";
import type { UsageEvent } from "../store/usage.ts";
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

export type Booked = { usage: UsageEvent[]; settlement: Settlement | null; spent: Spent };

/** Null where nobody pays: the turn was accepted before there were accounts. */
export function booked(
  record: ConversationRecord,
  live: LiveTurn,
  outcome: Outcome,
  prices: Prices,
  now: number,
): Booked | null {
  const { charge, feature } = live.row.input;
  if (charge === undefined || charge === null) return null;
  const { events, spent } = bookings(
    live.meter.calls(),
    {
      ...ofConversation(record, charge, feature),
      turn_id: live.id,
      mark: `${live.id}:${live.epoch}`,
      end: {
        status: outcome.status,
        error: outcome.status === "failed" ? outcome.error.code : null,
      },
      now,
    },
    prices,
  );
  const all = { ...spent, attempt: live.epoch };
  return { usage: events, settlement: settlementOf(charge, all), spent: all };
}

/** What was asked in a turn's name after it had ended comes to what was settled for it before. */
export function bookedAfter(
  record: ConversationRecord,
  turn_id: string,
  { charge, feature }: { charge: Charge; feature: string | undefined },
  before: Spent,
  calls: readonly ModelCall[],
  prices: Prices,
  now: number,
): Booked {
  const attempt = before.attempt + 1;
  const about = { turn_id, mark: `${turn_id}:after.${attempt}`, end: null, now };
  const { events, spent } = bookings(
    calls,
    { ...ofConversation(record, charge, feature), ...about },
    prices,
  );
  const all = {
    attempt,
    prompt: before.prompt + spent.prompt,
    completion: before.completion + spent.completion,
    cost: before.cost + spent.cost,
  };
  return { usage: events, settlement: settlementOf(charge, all), spent: all };
}

function ofConversation(
  { id, tenant_id }: ConversationRecord,
  charge: Charge,
  feature: string | undefined,
) {
  return { tenant_id, conversation_id: id, charge, feature: feature ?? "chat" };
}

function settlementOf(
  { account, reservation }: Charge,
  { attempt, ...actual }: Spent,
): Settlement | null {
  return reservation === null ? null : { account, reservation, attempt, actual };
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
