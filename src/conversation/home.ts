// Where a conversation lives: its storage, awake or asleep, from the first message to the tombstone.
// What is done with it is conversation.ts's; what the clock does to it, clock.ts's.
import { owns, type Principal } from "../auth/principal.ts";
import { conversationNotFound, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import { type ConversationDetail, conversationView } from "../protocol/conversation.ts";
import { Sql } from "../store/sql.ts";
import { Alarms } from "./alarms.ts";
import { Delivery } from "./delivery.ts";
import { Keeper } from "./keeper.ts";
import { archivedAt, keepTime } from "./lifecycle.ts";
import * as outbox from "./outbox.ts";
import {
  changed,
  type ConversationRecord,
  insertRecord,
  type Made,
  newRecord,
  projectionOf,
  readRecord,
  saveRecord,
} from "./record.ts";
import { settingsOf } from "./recollection.ts";
import { Runner } from "./runner.ts";
import { createSchema, openSchema, readTombstone, writeTombstone } from "./schema.ts";
import type { ConversationServices } from "./services.ts";
import { Dues } from "./settlement.ts";
import type { ObjectState } from "./state.ts";
import { keyedUntil } from "./turns.ts";
import type { Viewer } from "./viewers.ts";

/** Milliseconds after which D1 hears of what was changed by hand, should telling it at once have failed. */
const SOON = 1000;

export type Open = { state: ObjectState; runner: Runner; keeper: Keeper };

/** What the object around it can do. */
export type Surroundings = {
  /** Gives up on the object's memory: it wakes anew from storage. */
  restart: (reason: string) => void;
  /** The sockets that are open. */
  sockets: () => Iterable<Viewer>;
  /** Tells them what changed between turns. */
  announce: (conversation: ConversationDetail) => void;
};

export class Home {
  readonly sql: Sql;
  readonly alarms: Alarms;
  readonly services: ConversationServices;
  /** Null where nothing was ever created here, or all of it was deleted. */
  open: Open | null = null;
  readonly #around: Surroundings;
  readonly #delivery = new Delivery();
  /** Until when nothing may be made here again; null where that is no question. */
  #tombstone: number | null;
  #awake = false;

  constructor(storage: DurableObjectStorage, services: ConversationServices, around: Surroundings) {
    this.sql = new Sql(storage);
    this.alarms = new Alarms(this.sql);
    this.services = services;
    this.#around = around;
    this.#tombstone = readTombstone(this.sql);
    const record = openSchema(this.sql) ? readRecord(this.sql) : null;
    if (record === null) return;
    this.alarms.load();
    this.open = this.#opened(record);
  }

  /** Whether it was deleted, and may not be made again yet. */
  get isBuried(): boolean {
    return this.#tombstone !== null && this.#tombstone > this.services.now();
  }

  /**
   * The conversation, if it is there and `principal`'s.
   * @param early whether it is there also while what it is made of is still to come
   */
  for(principal: Principal, id: string, early = false): Result<Open> {
    const open = this.wake();
    if (open === null || open.state.record.deleted_at !== null) return conversationNotFound(id);
    if (open.state.record.intake && !early) return conversationNotFound(id);
    return owns(open.state.record, principal) ? ok(open) : conversationNotFound(id);
  }

  /** After a restart, takes up the turns that were open: once, before anything else is done. */
  wake(): Open | null {
    if (this.open !== null && !this.#awake) {
      try {
        this.open.runner.recover();
      } catch (thrown) {
        // What it took up half-way must not be taken up twice: the object begins anew.
        this.#around.restart("open turns could not be taken up");
        throw thrown;
      }
      this.#awake = true;
    }
    return this.open;
  }

  make(principal: Principal, id: string, body: Made): Open {
    const now = this.services.now();
    const record = newRecord(principal, id, body, now);
    this.sql.atomically(() => {
      createSchema(this.sql);
      insertRecord(this.sql, record);
      this.#willTell(record, now);
      keepTime(record, this.services.lifecycle, this.alarms);
      const archived = archivedAt(record, this.services.lifecycle.archiveAfter);
      if (archived !== null) this.alarms.schedule("archive", archived);
    });
    this.alarms.arm();
    this.#awake = true;
    this.open = this.#opened(record);
    return this.open;
  }

  #opened(record: ConversationRecord): Open {
    const state: ObjectState = {
      sql: this.sql,
      alarms: this.alarms,
      services: this.services,
      record,
      erasures: 0,
      gone: false,
    };
    const dues = new Dues(this.services);
    const keeper = new Keeper(state, dues, () => this.announce());
    const runner = new Runner(state, dues, keeper, this.#around.restart, this.#around.sockets);
    return { state, runner, keeper };
  }

  /** Stores the conversation's row, and has D1 told of it. */
  save(state: ObjectState, record: ConversationRecord): void {
    this.sql.atomically(() => {
      saveRecord(this.sql, record);
      this.#willTell(record, this.services.now());
      keepTime(record, this.services.lifecycle, this.alarms);
    });
    this.alarms.arm();
    state.record = record;
  }

  /** Somebody goes on in it by its name: it is kept, and listed with all that was said. */
  list(state: ObjectState): void {
    const { record } = state;
    const { unlisted_for, memory: _none, ...settings } = record.settings;
    if (unlisted_for === undefined) return;
    this.sql.atomically(() => {
      this.save(state, changed(record, this.services.now(), { settings }));
      outbox.putIntake(this.sql, 0, record.last_seq);
    });
  }

  /** D1 hears of nothing that is not whole. */
  #willTell(record: ConversationRecord, now: number): void {
    if (!record.intake) outbox.put(this.sql, record);
    else if (record.deleted_at !== null) outbox.empty(this.sql);
    if (!record.intake || record.deleted_at !== null) this.alarms.by("outbox", now + SOON);
  }

  async tellD1(): Promise<void> {
    if (this.open === null) return;
    const { state, runner } = this.open;
    if (state.record.intake && state.record.deleted_at === null) return;
    await this.#delivery.deliver(state, runner.dues, () => this.#vanish());
  }

  /** Stops what runs, leaves a tombstone until D1 has confirmed it, then nothing. */
  async delete({ state, runner }: Open, now: number, by: "hand" | "clock" = "hand"): Promise<void> {
    runner.abandon();
    for (const task of ["title", "fold", "idle", "archive", "unlisted"] as const)
      this.alarms.clear(task);
    this.save(
      state,
      changed(state.record, now, {
        deleted_at: now,
        title: null,
        preview: "",
        system_prompt: null,
        metadata: {},
        tags: [],
        topics: [],
        // D1 never heard of one that is not listed; and what webhooks were told stays when the clock deletes it.
        settings: by === "clock" ? state.record.settings : {},
      }),
    );
    await this.tellD1();
  }

  /**
   * D1 has confirmed: nothing stays. Only where a key made the conversation, the fact that it was
   * deleted does, for as long as that key might be sent again.
   */
  async #vanish(): Promise<void> {
    const until = keyedUntil(this.sql);
    if (this.open !== null) this.open.state.gone = true;
    this.open = null;
    this.#awake = false;
    this.alarms.forget();
    const { storage } = this.sql;
    // One after the other, but asked for together: nobody comes in between.
    const gone = [storage.deleteAlarm(), storage.deleteAll()];
    if (until !== null && until > this.services.now()) {
      this.#tombstone = until;
      await Promise.all(gone);
      writeTombstone(this.sql, until);
      await storage.setAlarm(until);
    } else await Promise.all(gone);
  }

  /** Removes the tombstone when its time has come; false where there is none. */
  async bury(now: number): Promise<boolean> {
    if (this.#tombstone === null) return false;
    if (this.#tombstone > now) await this.sql.storage.setAlarm(this.#tombstone);
    else {
      this.#tombstone = null;
      await this.sql.storage.deleteAll();
    }
    return true;
  }

  /** Tells whoever watches what it is now. */
  announce(): void {
    if (this.open !== null) this.#around.announce(this.detail(this.open.state));
  }

  detail({ record }: ObjectState): ConversationDetail {
    const { prompt, tone, context, use_rag, collections } = record.settings;
    return {
      ...conversationView(projectionOf(record)),
      system_prompt: record.system_prompt,
      prompt: prompt === undefined ? null : { name: prompt.name, version: prompt.version },
      tone: tone ?? null,
      context: context ?? null,
      use_rag: use_rag ?? false,
      collections: collections ?? null,
      memory: settingsOf(record, this.services),
      metadata: record.metadata,
      leaf_id: record.leaf_seq === null ? null : ownedId("msg", record.id, record.leaf_seq),
      version: record.edited,
      running_turn_id: this.open?.runner.running?.id ?? null,
    };
  }
}
