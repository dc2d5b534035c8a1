// One alarm per object, multiplexed over a table of due times.
import type { Sql } from "./sql.ts";

/** `turn`: look after a running turn; `outbox`: tell D1. */
export type Task = "turn" | "outbox";

export class Alarms {
  readonly #sql: Sql;
  /** When the runtime will call; null for never, undefined for not known. */
  #set: number | null | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Replaces when `task` is due. To be followed by {@link arm}. */
  schedule(task: Task, at: number, attempts = 0): void {
    this.#sql.run(
      "INSERT OR REPLACE INTO due (task, at, attempts) VALUES (?, ?, ?)",
      task,
      at,
      attempts,
    );
  }

  clear(task: Task): void {
    this.#sql.run("DELETE FROM due WHERE task = ?", task);
  }

  isDue(task: Task, now: number): boolean {
    return (
      this.#sql.first("SELECT 1 AS due FROM due WHERE task = ? AND at <= ?", task, now) !== null
    );
  }

  attemptsOf(task: Task): number {
    return (
      this.#sql.first<{ attempts: number }>("SELECT attempts FROM due WHERE task = ?", task)
        ?.attempts ?? 0
    );
  }

  /** Sets the runtime's alarm to the earliest due time; in one transaction with what came before. */
  arm(): void {
    const next =
      this.#sql.first<{ at: number | null }>("SELECT min(at) AS at FROM due")?.at ?? null;
    if (next === this.#set) return;
    this.#set = next;
    // A failure to set it would break the output gate, and with it the object: nothing to handle here.
    if (next === null) void this.#sql.storage.deleteAlarm();
    else void this.#sql.storage.setAlarm(next);
  }

  /** The runtime's alarm has rung, so none is set. */
  rang(): void {
    this.#set = undefined;
  }
}
