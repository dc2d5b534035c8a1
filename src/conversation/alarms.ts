// One alarm per object, multiplexed over a table of due times.
import type { Sql } from "../store/sql.ts";

/**
 * `turn`: look after a running turn; `outbox`: tell D1; `title`, `fold`: find a title, condense what is
 * old; `idle`: pause where nobody speaks; `archive`: let go of what was said in one that is over;
 * `intake`: delete what never became whole; `unlisted`: delete what nobody asked to keep.
 */
export type Task =
  | "turn"
  | "outbox"
  | "title"
  | "fold"
  | "idle"
  | "archive"
  | "intake"
  | "unlisted";

type Due = { at: number; attempts: number };

export class Alarms {
  readonly #sql: Sql;
  /** The table, as it stands: read once when the object wakes, written through. */
  readonly #due = new Map<Task, Due>();
  /** When the runtime will call; null for never, undefined for not known. */
  #set: number | null | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads what an earlier life of the object left. */
  load(): void {
    for (const { task, ...due } of this.#sql.all<{ task: Task } & Due>(
      "SELECT task, at, attempts FROM due",
    ))
      this.#due.set(task, due);
  }

  /** Replaces when `task` is due. To be followed by {@link arm}. */
  schedule(task: Task, at: number, attempts = 0): void {
    this.#due.set(task, { at, attempts });
    this.#sql.run(
      "INSERT OR REPLACE INTO due (task, at, attempts) VALUES (?, ?, ?)",
      task,
      at,
      attempts,
    );
  }

  /** Sees to it that `task` is due by `at`: what is due sooner stays, and is not put off. */
  by(task: Task, at: number): void {
    const known = this.#due.get(task);
    if (known === undefined || known.at > at) this.schedule(task, at, known?.attempts);
  }

  clear(task: Task): void {
    if (this.#due.delete(task)) this.#sql.run("DELETE FROM due WHERE task = ?", task);
  }

  has(task: Task): boolean {
    return this.#due.has(task);
  }

  isDue(task: Task, now: number): boolean {
    return (this.#due.get(task)?.at ?? Number.POSITIVE_INFINITY) <= now;
  }

  attemptsOf(task: Task): number {
    return this.#due.get(task)?.attempts ?? 0;
  }

  /** Sets the runtime's alarm to the earliest due time; in one transaction with what came before. */
  arm(): void {
    const times = [...this.#due.values()].map(({ at }) => at);
    const next = times.length === 0 ? null : Math.min(...times);
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

  /** Everything is being deleted. */
  forget(): void {
    this.#due.clear();
    this.#set = undefined;
  }
}
