// Tells others what the outbox holds, one delivery after the other; and when D1 has confirmed that a
// conversation is deleted, lets everything go.
import { thrownFields } from "../telemetry/log.ts";
import * as outbox from "./outbox.ts";
import { closingOf } from "./replay.ts";
import type { Dues } from "./settlement.ts";
import type { ObjectState } from "./state.ts";
import { readTurn } from "./turns.ts";

/** The wait before it is tried again: doubles from a second to a minute. */
export const LONGEST_RETRY = 60_000;

export class Delivery {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Delivers what is there. Where it is not taken, an alarm tries again: the caller is not failed.
   * @param vanish called when nothing is left to tell of a conversation that was deleted
   */
  deliver(state: ObjectState, dues: Dues, vanish: () => Promise<void>): Promise<void> {
    const next = this.#last.then(() => this.#deliver(state, dues, vanish));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #deliver(state: ObjectState, dues: Dues, vanish: () => Promise<void>): Promise<void> {
    const { sql, alarms, services } = state;
    try {
      let more = true;
      while (more)
        more = await outbox.deliver(sql, state.record.id, {
          project: services.project,
          endOf: (n) => {
            const row = readTurn(sql, n);
            return row === null
              ? null
              : { closing: closingOf(state, row), track: row.input.track ?? null };
          },
          trackOf: (n) => readTurn(sql, n)?.input.track ?? null,
          queueUsage: services.queueUsage,
          settle: (settlement) => dues.settle(settlement, true),
        });
    } catch (thrown) {
      const attempts = alarms.attemptsOf("outbox") + 1;
      const wait = Math.min(LONGEST_RETRY, 1000 * 2 ** Math.min(attempts - 1, 10));
      services.log.warning("outbox.delayed", { attempts, wait, ...thrownFields(thrown) });
      alarms.schedule("outbox", services.now() + wait, attempts);
      alarms.arm();
      return;
    }
    // The awaited delivery let other calls in: what is done here looks at what is there now.
    if (!outbox.isEmpty(sql)) return;
    if (state.record.deleted_at !== null) await vanish();
    else {
      alarms.clear("outbox");
      alarms.arm();
    }
  }
}
