// The AnswerCache object, one per tenant: its answers by the meaning of their questions. A thin shell:
// src/llm/cache knows what may stand for what.
import { DurableObject } from "cloudflare:workers";
import {
  type CacheStats,
  type Counts,
  LOOKUP_PATIENCE,
  type Lookup,
  type Neighbour,
  type Question,
  type SemanticStoreCalls,
} from "../src/llm/cache/semantic-calls.ts";
import { openAnswerSchema } from "../src/llm/cache/semantic-schema.ts";
import { type SemanticConfig, SemanticStore } from "../src/llm/cache/semantic-store.ts";
import { Sql } from "../src/store/sql.ts";

export type AnswerCacheServices = { config: SemanticConfig; now: () => number };

/** index.ts binds this to its services: an object cannot import what stands above it. */
export abstract class AnswerCacheObject<Env>
  extends DurableObject<Env>
  implements SemanticStoreCalls
{
  readonly #store: SemanticStore;
  readonly #now: () => number;
  /** When the alarm is set for. */
  #armed: number | null = null;

  constructor(context: DurableObjectState, env: Env, { config, now }: AnswerCacheServices) {
    super(context, env);
    const sql = new Sql(context.storage);
    this.#store = new SemanticStore(sql, config, openAnswerSchema(sql));
    this.#now = now;
    this.#store.load(now());
  }

  /** Who asked so long ago that they have left is counted, and nothing is looked for. */
  async find(lookup: Lookup, exact: Counts): Promise<Neighbour | null> {
    const now = this.#now();
    const left = now - lookup.at > LOOKUP_PATIENCE;
    if (left) this.#store.refuse(lookup, exact, now);
    const found = left ? null : this.#store.find(lookup, exact, now);
    this.#arm();
    return found;
  }

  async keep(question: Question, json: string): Promise<boolean> {
    const kept = this.#store.keep(question, json, this.#now());
    this.#arm();
    return kept;
  }

  async count(exact: Counts): Promise<void> {
    this.#store.count(exact, this.#now());
    this.#arm();
  }

  async stats(): Promise<CacheStats> {
    return this.#store.stats();
  }

  async generation(): Promise<number> {
    return this.#store.generation;
  }

  async clear(partition?: string): Promise<number> {
    return this.#store.clear(partition, this.#now());
  }

  override async alarm(): Promise<void> {
    this.#armed = null;
    this.#store.wake(this.#now());
    this.#arm();
  }

  /** What is asked is not held back by it: an alarm that is lost is set again by the next call. */
  #arm(): void {
    const due = this.#store.dueAt;
    if (due === null || (this.#armed !== null && this.#armed <= due)) return;
    this.#armed = due;
    void this.ctx.storage.setAlarm(due, { allowUnconfirmed: true });
  }
}
