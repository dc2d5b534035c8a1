// Counts failures to sign in, one object per account name and per address: each makes the next
// attempt wait longer. An attempt counts as failed until it is known to have succeeded, so that many
// at once cannot slip through together.
import { DurableObject } from "cloudflare:workers";

export interface ThrottleCalls {
  /**
   * Takes an attempt.
   * @param free failures before the first wait
   * @returns seconds to wait; 0: go on
   */
  attempt(free: number): Promise<number>;
  /** The attempt succeeded: it was no failure; `all`: nor is what went before remembered. */
  succeeded(all: boolean): Promise<void>;
}

/** Milliseconds: the longest wait, and how long failures are remembered. */
const LONGEST_WAIT = 15 * 60_000;
const REMEMBERED = 60 * 60_000;

type State = { failures: number; until: number; at: number };

export abstract class ThrottleObject<Env> extends DurableObject<Env> implements ThrottleCalls {
  protected abstract now(): number;

  async attempt(free: number): Promise<number> {
    const now = this.now();
    const kept = this.ctx.storage.kv.get<State>("state");
    const state =
      kept === undefined || now - kept.at > REMEMBERED ? { failures: 0, until: 0, at: now } : kept;
    if (state.until > now) return Math.ceil((state.until - now) / 1000);
    const failures = state.failures + 1;
    const wait = failures < free ? 0 : Math.min(LONGEST_WAIT, 1000 * 2 ** (failures - free));
    this.ctx.storage.kv.put<State>("state", { failures, until: now + wait, at: now });
    await this.ctx.storage.setAlarm(now + REMEMBERED);
    return 0;
  }

  async succeeded(all: boolean): Promise<void> {
    const state = this.ctx.storage.kv.get<State>("state");
    if (all || state === undefined || state.failures <= 1) await this.#forget();
    else this.ctx.storage.kv.put<State>("state", { ...state, failures: state.failures - 1 });
  }

  override async alarm(): Promise<void> {
    await this.#forget();
  }

  async #forget(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}
