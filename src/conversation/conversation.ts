// One conversation: its owner's door to everything in it. Every call names a principal, and is
// answered as if nothing were here where the conversation is another's.
import { owns, type Principal } from "../auth/principal.ts";
import { conversationNotFound, fail, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import { type ConversationDetail, conversationView } from "../protocol/conversation.ts";
import type { ClosingEvent, Position } from "../protocol/events.ts";
import type { Message } from "../protocol/message.ts";
import type { CreateBody, PatchBody } from "../protocol/send.ts";
import { thrownFields } from "../telemetry/log.ts";
import { Alarms } from "./alarms.ts";
import { interrupted, runningAnswer } from "./answer.ts";
import type { SendCommand } from "./command.ts";
import { pageOfMessages } from "./messages.ts";
import * as outbox from "./outbox.ts";
import {
  changed,
  type ConversationRecord,
  insertRecord,
  newRecord,
  readRecord,
  saveRecord,
  woken,
} from "./record.ts";
import { HEARTBEAT } from "./question.ts";
import { type Accepted, Runner } from "./runner.ts";
import { createSchema, openSchema, readTombstone, writeTombstone } from "./schema.ts";
import { spendTicket } from "./spent-tickets.ts";
import { keyedUntil } from "./turns.ts";
import type { ConversationServices } from "./services.ts";
import { giveBack } from "./settlement.ts";
import { Sql } from "../store/sql.ts";
import type { ObjectState } from "./state.ts";
import type { Viewer } from "./viewers.ts";

/** Wake-ups an hour on behalf of running turns and of an outbox that D1 does not take. */
const MOST_WAKES = 240;
/** The wait before D1 is tried again: doubles from a second to a minute. */
const LONGEST_RETRY = 60_000;

type Open = { state: ObjectState; runner: Runner };

export class Conversation {
  readonly #sql: Sql;
  readonly #alarms: Alarms;
  readonly #services: ConversationServices;
  readonly #restart: (reason: string) => void;
  readonly #sockets: () => Iterable<Viewer>;
  /** Until when nothing may be made here again; null where that is no question. */
  #tombstone: number | null;
  /** Null where nothing was ever created here, or all of it was deleted. */
  #open: Open | null = null;
  #awake = false;
  /** Deliveries to D1, one after the other. */
  #delivery: Promise<unknown> = Promise.resolve();

  constructor(
    storage: DurableObjectStorage,
    services: ConversationServices,
    restart: (reason: string) => void,
    sockets: () => Iterable<Viewer>,
  ) {
    this.#sql = new Sql(storage);
    this.#alarms = new Alarms(this.#sql);
    this.#services = services;
    this.#restart = restart;
    this.#sockets = sockets;
    this.#tombstone = readTombstone(this.#sql);
    const record = openSchema(this.#sql) ? readRecord(this.#sql) : null;
    if (record === null) return;
    this.#alarms.load();
    this.#open = this.#opened(record);
  }

  async create(
    principal: Principal,
    id: string,
    body: CreateBody,
  ): Promise<Result<ConversationDetail>> {
    if (this.#open !== null) return conversationNotFound(id);
    const choice = this.#services.turn.models.choose(body);
    if (!choice.ok) return choice;
    const { state } = this.#make(principal, id, body);
    await this.#tellD1();
    return ok(this.#detail(state));
  }

  get(principal: Principal, id: string): Result<ConversationDetail> {
    const open = this.#for(principal, id);
    return open.ok ? ok(this.#detail(open.value.state)) : open;
  }

  async patch(
    principal: Principal,
    id: string,
    body: PatchBody,
  ): Promise<Result<ConversationDetail>> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const { state } = open.value;
    const choice = this.#services.turn.models.choose(body);
    if (!choice.ok) return choice;
    const change: Partial<ConversationRecord> = {};
    if (body.title !== undefined) change.title = body.title;
    if (body.provider !== undefined) change.provider = body.provider;
    if (body.model !== undefined) change.model = body.model;
    if (body.system_prompt !== undefined) change.system_prompt = body.system_prompt;
    if (body.metadata !== undefined) change.metadata = body.metadata;
    this.#save(state, changed(state.record, this.#services.now(), change));
    await this.#tellD1();
    return ok(this.#detail(state));
  }

  /** Stops what runs, leaves a tombstone until D1 has confirmed it, then nothing. */
  async remove(principal: Principal, id: string): Promise<Result<null>> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const { state, runner } = open.value;
    runner.abandon();
    const now = this.#services.now();
    this.#save(
      state,
      changed(state.record, now, {
        deleted_at: now,
        title: null,
        preview: "",
        system_prompt: null,
        metadata: {},
      }),
    );
    await this.#tellD1();
    return ok(null);
  }

  /**
   * A page of the active path, oldest first, the running answer included. Places are counted, so
   * that paging is steady while answers are still to come; `next` is where the next page begins.
   */
  messages(
    principal: Principal,
    id: string,
    page: { limit: number; offset: number },
  ): Result<{ messages: Message[]; total: number; next: number | null }> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const { state, runner } = open.value;
    const { placed, more } = pageOfMessages(this.#sql, id, page);
    const running = runner.running;
    const depth = running?.row.answer_depth ?? -1;
    // It has no row until it ends.
    const last = placed.at(-1)?.depth ?? page.offset - 1;
    if (running !== undefined && depth >= page.offset && (!more || depth < last))
      placed.push({ depth, message: runningAnswer(id, running) });
    placed.sort((a, b) => a.depth - b.depth);
    const shown = placed.slice(0, page.limit);
    const next = (shown.at(-1)?.depth ?? page.offset) + 1;
    return ok({
      messages: shown.map(({ message }) => message),
      total: state.record.leaf_depth + 1,
      next: more || placed.length > shown.length ? next : null,
    });
  }

  /**
   * Accepts a message.
   * @param create whether a conversation is made where there is none
   * @param viewer told from the first event on, beside every socket
   */
  send(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
    viewer: Viewer | null,
  ): Result<Accepted> {
    const sent = this.#accept(principal, id, command, create, viewer);
    if (!sent.ok || sent.value.attached) void giveBack(this.#services, command.charge);
    return sent;
  }

  /** Takes a ticket, once; false where it was taken before, or there is nothing to open. */
  spendTicket(id: string): boolean {
    return this.#open !== null && spendTicket(this.#sql, id, this.#services.now());
  }

  /** Lets `viewer` follow a turn from after `after` on; null: from its beginning. `heard`: that was all. */
  follow(
    principal: Principal,
    id: string,
    turn: number,
    viewer: Viewer,
    after: Pick<Position, "epoch" | "seq"> | null,
  ): Result<{ heard: boolean }> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const more = open.value.runner.follow(turn, viewer, after);
    return more === null ? turnNotFound(id, turn) : ok({ heard: !more });
  }

  leave(viewer: Viewer): void {
    this.#open?.runner.leave(viewer);
  }

  async closing(principal: Principal, id: string, turn: number): Promise<Result<ClosingEvent>> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const closing = await open.value.runner.closing(turn);
    return closing === null ? turnNotFound(id, turn) : ok(closing);
  }

  async cancel(principal: Principal, id: string, turn: number): Promise<Result<ClosingEvent>> {
    const open = this.#for(principal, id);
    if (!open.ok) return open;
    const closing = await open.value.runner.cancel(turn);
    return closing === null ? turnNotFound(id, turn) : ok(closing);
  }

  /**
   * The object's one alarm: arms the next before it works, and never throws. Awaits D1, never a turn.
   */
  async alarm(): Promise<void> {
    this.#alarms.rang();
    const now = this.#services.now();
    try {
      if (this.#tombstone !== null) {
        await this.#bury(now);
        return;
      }
      // Asked before waking, which schedules anew what it takes up.
      const outboxDue = this.#alarms.isDue("outbox", now);
      const recurs =
        this.#alarms.isDue("turn", now) || (outboxDue && this.#alarms.attemptsOf("outbox") > 0);
      const open = this.#wake();
      if (open === null) return;
      const worn = recurs && this.#countWake(open.state, now);
      if (open.runner.busy) this.#alarms.schedule("turn", now + HEARTBEAT);
      else this.#alarms.clear("turn");
      // Should this call die while it waits for D1, there is another.
      if (outboxDue)
        this.#alarms.schedule("outbox", now + LONGEST_RETRY, this.#alarms.attemptsOf("outbox"));
      this.#alarms.arm();
      if (worn && open.runner.busy) open.runner.giveUp(interrupted(": it was woken too often"));
      if (outboxDue) await this.#tellD1();
    } catch (thrown) {
      this.#services.log.error("alarm.failed", thrownFields(thrown));
      this.#alarms.schedule("outbox", now + LONGEST_RETRY);
      this.#alarms.arm();
    }
  }

  #accept(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
    viewer: Viewer | null,
  ): Result<Accepted> {
    if (this.#tombstone !== null && this.#tombstone > this.#services.now())
      return conversationNotFound(id);
    if (this.#open === null && create) {
      const choice = this.#services.turn.models.choose(command.input);
      if (!choice.ok) return choice;
      this.#make(principal, id, {});
    }
    const open = this.#for(principal, id);
    return open.ok ? open.value.runner.accept(command, create, viewer) : open;
  }

  /** The conversation, if it is there and `principal`'s. */
  #for(principal: Principal, id: string): Result<Open> {
    const open = this.#wake();
    if (open === null || open.state.record.deleted_at !== null) return conversationNotFound(id);
    return owns(open.state.record, principal) ? ok(open) : conversationNotFound(id);
  }

  /** After a restart, takes up the turns that were open: once, before anything else is done. */
  #wake(): Open | null {
    if (this.#open !== null && !this.#awake) {
      try {
        this.#open.runner.recover();
      } catch (thrown) {
        // What it took up half-way must not be taken up twice: the object begins anew.
        this.#restart("open turns could not be taken up");
        throw thrown;
      }
      this.#awake = true;
    }
    return this.#open;
  }

  #make(principal: Principal, id: string, body: CreateBody): Open {
    const now = this.#services.now();
    const record = newRecord(principal, id, body, now);
    this.#sql.atomically(() => {
      createSchema(this.#sql);
      insertRecord(this.#sql, record);
      outbox.put(this.#sql, record);
      this.#alarms.by("outbox", now + 1000);
    });
    this.#alarms.arm();
    this.#awake = true;
    this.#open = this.#opened(record);
    return this.#open;
  }

  #opened(record: ConversationRecord): Open {
    const state: ObjectState = {
      sql: this.#sql,
      alarms: this.#alarms,
      services: this.#services,
      record,
    };
    return { state, runner: new Runner(state, this.#restart, this.#sockets) };
  }

  #save(state: ObjectState, record: ConversationRecord): void {
    this.#sql.atomically(() => {
      saveRecord(this.#sql, record);
      outbox.put(this.#sql, record);
      this.#alarms.by("outbox", this.#services.now() + 1000);
    });
    this.#alarms.arm();
    state.record = record;
  }

  /** Delivers the outbox. Where D1 does not take it, an alarm tries again: the caller is not failed. */
  #tellD1(): Promise<void> {
    const next = this.#delivery.then(() => this.#deliver());
    this.#delivery = next.catch(() => undefined);
    return next;
  }

  async #deliver(): Promise<void> {
    if (this.#open === null) return;
    try {
      const { runner } = this.#open;
      await outbox.deliver(this.#sql, {
        project: this.#services.project,
        settle: (settlement) => runner.dues.settle(settlement, true),
      });
    } catch (thrown) {
      const attempts = this.#alarms.attemptsOf("outbox") + 1;
      const wait = Math.min(LONGEST_RETRY, 1000 * 2 ** Math.min(attempts - 1, 10));
      this.#services.log.warning("outbox.delayed", { attempts, wait, ...thrownFields(thrown) });
      this.#alarms.schedule("outbox", this.#services.now() + wait, attempts);
      this.#alarms.arm();
      return;
    }
    // The awaited delivery let other calls in: what is done here looks at what is there now.
    if (!outbox.isEmpty(this.#sql)) return;
    if (this.#open?.state.record.deleted_at !== null) await this.#vanish();
    else {
      this.#alarms.clear("outbox");
      this.#alarms.arm();
    }
  }

  /**
   * D1 has confirmed: nothing stays. Only where a key made the conversation, the fact that it was
   * deleted does, for as long as that key might be sent again.
   */
  async #vanish(): Promise<void> {
    const until = keyedUntil(this.#sql);
    this.#open = null;
    this.#awake = false;
    this.#alarms.forget();
    const { storage } = this.#sql;
    // One after the other, but asked for together: nobody comes in between.
    const gone = [storage.deleteAlarm(), storage.deleteAll()];
    if (until !== null && until > this.#services.now()) {
      this.#tombstone = until;
      await Promise.all(gone);
      writeTombstone(this.#sql, until);
      await storage.setAlarm(until);
    } else await Promise.all(gone);
  }

  /** Removes the tombstone when its time has come. */
  async #bury(now: number): Promise<void> {
    if (this.#tombstone === null) return;
    if (this.#tombstone > now) await this.#sql.storage.setAlarm(this.#tombstone);
    else {
      this.#tombstone = null;
      await this.#sql.storage.deleteAll();
    }
  }

  /** True where the object was woken too often in this hour. */
  #countWake(state: ObjectState, now: number): boolean {
    state.record = woken(state.record, now);
    saveRecord(this.#sql, state.record);
    return state.record.wake_count > MOST_WAKES;
  }

  #detail(state: ObjectState): ConversationDetail {
    const { record } = state;
    return {
      ...conversationView(record),
      system_prompt: record.system_prompt,
      metadata: record.metadata,
      running_turn_id: this.#open?.runner.running?.id ?? null,
    };
  }
}

function turnNotFound(conversation: string, turn: number) {
  return fail("NOT_FOUND", "No such turn in this conversation.", {
    turn_id: ownedId("turn", conversation, turn),
  });
}
