// What of somebody's memories goes before their message. Memories never fail a turn and never hold it up:
// where they do not come in time, the turn does without.
import type { Owner } from "../auth/principal.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";
import type { AccountCalls, Facts } from "./calls.ts";
import type { Memory } from "./memories.ts";

/** Milliseconds that a turn waits for them. */
const PATIENCE = 300;
/** As many are recalled, of those that bear on a message. */
const MOST_RECALLED = 10;
/** Milliseconds that an isolate believes that somebody has none. */
const BELIEVED = 60_000;
const MOST_BELIEVED = 10_000;

export interface FactsOf {
  /** @param known what the admission said: where there are none, nobody is asked. Never rejects. */
  recall(owner: Owner, known: Facts, message: string): Promise<Memory[]>;
  /** To be said when something was remembered, enabled or switched on: they may have some now. */
  changed(owner: Owner): void;
}

export function makeFacts(
  account: (user_id: string) => Pick<AccountCalls, "recallMemories">,
  log: Pick<Log, "warning">,
  now: () => number,
): FactsOf {
  /** Until when it is believed of whom that they have none. */
  const none = new Map<string, number>();
  let changes = 0;
  return {
    async recall(owner, known, message) {
      const key = keyOf(owner);
      if (known === "none") return [];
      if (known === "unknown" && (none.get(key) ?? 0) > now()) return [];
      const before = changes;
      try {
        const recalled = await inTime(
          account(owner.user_id).recallMemories(owner.tenant_id, message, MOST_RECALLED),
        );
        // What changed meanwhile may have come after the answer.
        if (recalled.facts === "none" && changes === before) {
          if (none.size >= MOST_BELIEVED) none.clear();
          none.set(key, now() + BELIEVED);
        }
        return recalled.memories;
      } catch (thrown) {
        log.warning("memories.unavailable", { user_id: owner.user_id, ...thrownFields(thrown) });
        return [];
      }
    },
    changed(owner) {
      changes++;
      none.delete(keyOf(owner));
    },
  };
}

const keyOf = ({ tenant_id, user_id }: Owner) => `${tenant_id} ${user_id}`;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined); // where it fails later, it is nobody's concern any more
  }
}
