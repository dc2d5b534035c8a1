// One conversation: its owner's door to everything in it. Every call names a principal, and is
// answered as if nothing were here where the conversation is another's.
import type { Owner, Principal } from "../auth/principal.ts";
import { conversationNotFound, fail, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import type { ConversationDetail, Remembered } from "../protocol/conversation.ts";
import type { ClosingBody, ClosingEvent, Position } from "../protocol/events.ts";
import type { Feedback, Message, Part } from "../protocol/message.ts";
import { resultsFault } from "../protocol/tool-results.ts";
import type { BroughtMessage } from "../protocol/transfer.ts";
import { runningAnswer } from "./answer.ts";
import { retain, type Retained, ring } from "./clock.ts";
import type { SendCommand } from "./command.ts";
import { lastDigest, readDigest } from "./digests.ts";
import { Home, type Open, type Surroundings } from "./home.ts";
import {
  bring,
  dump,
  type Dumped,
  type DumpPage,
  type IntakeEnd,
  type Likeness,
  likeness,
  stepsTo,
} from "./intake.ts";
import { archivedAt, type RetentionPolicy } from "./lifecycle.ts";
import * as outbox from "./outbox.ts";
import { pageOfMessages, placeOf, readMessage, viewsOf } from "./messages.ts";
import { isAbove } from "./path.ts";
import { messageNotFound, stillRunning } from "./question.ts";
import type { ConversationRecord, Made } from "./record.ts";
import { settingsOf } from "./recollection.ts";
import type { Accepted } from "./runner.ts";
import type { ConversationServices } from "./services.ts";
import { giveBack } from "./settlement.ts";
import { activated, erased, type Patch, patched, rated, rewritten } from "./shape.ts";
import { spendTicket } from "./spent-tickets.ts";
import type { TurnRow } from "./turns.ts";
import type { Viewer } from "./viewers.ts";

export class Conversation {
  readonly #home: Home;

  constructor(storage: DurableObjectStorage, services: ConversationServices, around: Surroundings) {
    this.#home = new Home(storage, services, around);
  }

  async create(principal: Principal, id: string, body: Made): Promise<Result<ConversationDetail>> {
    if (this.#home.open !== null) return conversationNotFound(id);
    const choice = this.#home.services.turn.models.choose(body);
    if (!choice.ok) return choice;
    const { state } = this.#home.make(principal, id, body);
    await this.#home.tellD1();
    return ok(this.#home.detail(state));
  }

  get(principal: Principal, id: string): Result<ConversationDetail> {
    const open = this.#home.for(principal, id);
    return open.ok ? ok(this.#home.detail(open.value.state)) : open;
  }

  async patch(principal: Principal, id: string, body: Patch): Promise<Result<ConversationDetail>> {
    const choice = this.#home.services.turn.models.choose(body);
    if (!choice.ok) return choice;
    return this.#reshape(principal, id, ({ state, keeper }, now) => {
      const next = patched(state.record, body, now);
      if (!next.ok) return next;
      if (body.status !== undefined && body.status !== state.record.status) {
        if (body.status !== "active") keeper.wantsAll();
        if (body.status === "completed") outbox.putCompleted(this.#home.sql, now);
        const due = archivedAt(next.value, this.#home.services.lifecycle.archiveAfter);
        if (due === null) state.alarms.clear("archive");
        else state.alarms.schedule("archive", due);
      }
      return next;
    });
  }

  /** Who said a message. */
  roleOf(principal: Principal, id: string, seq: number): Result<"user" | "assistant"> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const place = placeOf(this.#home.sql, seq);
    if (place === null)
      return open.value.runner.isUnfinished(seq)
        ? stillRunning()
        : messageNotFound(id, seq, "message_id");
    return ok(place.role === "user" ? "user" : "assistant");
  }

  /** Shows the branch that a message lies on. */
  activate(principal: Principal, id: string, seq: number): Promise<Result<ConversationDetail>> {
    return this.#reshape(principal, id, ({ state, runner }, now) =>
      activated(state, seq, runner.placeOfAnswer(seq), now),
    );
  }

  erase(principal: Principal, id: string, seq: number): Promise<Result<ConversationDetail>> {
    return this.#reshape(principal, id, ({ state, runner }, now) =>
      erased(state, seq, runner.isUnfinished(seq), now),
    );
  }

  async rate(
    principal: Principal,
    id: string,
    seq: number,
    feedback: Feedback | null,
  ): Promise<Result<Message>> {
    const done = await this.#reshape(principal, id, ({ state }, now) =>
      rated(state, seq, feedback, now),
    );
    return done.ok ? this.#shown(principal, id, seq) : done;
  }

  /** Another version of an answer, by hand. */
  async rewrite(
    principal: Principal,
    id: string,
    seq: number,
    parts: Part[],
  ): Promise<Result<Message>> {
    const done = await this.#reshape(principal, id, ({ state, runner }, now) =>
      runner.busy
        ? fail("CONVERSATION_BUSY", "An answer is still being written here. Wait for it.", {
            turn_id: runner.running?.id ?? null,
          })
        : rewritten(state, seq, parts, now),
    );
    return done.ok ? this.#shown(principal, id, null) : done;
  }

  /** What was condensed of what is shown. */
  remembered(principal: Principal, id: string): Result<Remembered> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const { record } = open.value.state;
    const { sql } = this.#home;
    const known =
      record.status === "archived"
        ? lastDigest(sql)
        : readDigest(sql, { branch: record.branch, depth: record.leaf_depth })?.digest;
    const { summary = "", topics = [], entities = [] } = known ?? {};
    return ok({
      settings: settingsOf(record, this.#home.services),
      summary: summary === "" ? null : summary,
      topics,
      entities: entities.map(
        ({ name, type, attributes, mentions, mention_count, last_updated }) => ({
          name,
          type,
          attributes,
          mentions: mentions.map((at) => new Date(at).toISOString()),
          mention_count,
          last_updated: new Date(last_updated).toISOString(),
        }),
      ),
    });
  }

  /** A stretch of everything that was said, on whatever branch, or of the way to one message. */
  dump(principal: Principal, id: string, page: DumpPage): Result<Dumped> {
    const open = this.#home.for(principal, id);
    return open.ok ? dump(open.value.state, page) : open;
  }

  /** What another would be made with that is to be like it. */
  likeness(principal: Principal, id: string): Result<Likeness> {
    const open = this.#home.for(principal, id);
    return open.ok ? ok(likeness(open.value.state)) : open;
  }

  /** Takes messages that were said elsewhere; the first of them make the conversation theirs. */
  async bring(
    principal: Principal,
    id: string,
    brought: readonly BroughtMessage[],
    end: IntakeEnd | null,
  ): Promise<Result<ConversationDetail>> {
    const open = this.#home.for(principal, id, true);
    if (!open.ok) return open;
    return this.#changed(open.value, ({ state, runner }, now) =>
      runner.busy
        ? fail("CONVERSATION_BUSY", "A turn runs here.")
        : bring(state, brought, end, now),
    );
  }

  /** Does what its tenant's policy asks for. */
  retain(owner: Owner, policy: RetentionPolicy): Promise<Retained> {
    return retain(this.#home, owner, policy);
  }

  /** Stops what runs, leaves a tombstone until D1 has confirmed it, then nothing. */
  async remove(principal: Principal, id: string): Promise<Result<null>> {
    const open = this.#home.for(principal, id, true);
    if (!open.ok) return open;
    await this.#home.delete(open.value, this.#home.services.now());
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
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const { state, runner } = open.value;
    const { placed, more } = pageOfMessages(this.#home.sql, state.record.last_branch, page);
    // It has no row until it ends; and another branch may be shown by now.
    const running = this.#isShown(runner.running?.row) ? runner.running : undefined;
    const depth = running?.row.answer_depth ?? -1;
    const last = placed.at(-1)?.depth ?? page.offset - 1;
    if (running !== undefined && depth >= page.offset && (!more || depth < last))
      placed.push({ depth, message: runningAnswer(running) });
    placed.sort((a, b) => a.depth - b.depth);
    const shown = placed.slice(0, page.limit);
    const next = (shown.at(-1)?.depth ?? page.offset) + 1;
    return ok({
      messages: viewsOf(
        this.#home.sql,
        state.record,
        shown.map(({ message }) => message),
      ),
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
    if (!sent.ok || sent.value.attached) void giveBack(this.#home.services, command.charge);
    return sent;
  }

  /** Takes a ticket, once; false where it was taken before, or there is nothing to open. */
  spendTicket(id: string): boolean {
    return this.#home.open !== null && spendTicket(this.#home.sql, id, this.#home.services.now());
  }

  /** Lets `viewer` follow a turn from after `after` on; null: from its beginning. `heard`: that was all. */
  follow(
    principal: Principal,
    id: string,
    turn: number,
    viewer: Viewer,
    after: Pick<Position, "epoch" | "seq"> | null,
  ): Result<{ heard: boolean }> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const more = open.value.runner.follow(turn, viewer, after);
    return more === null ? turnNotFound(id, turn) : ok({ heard: !more });
  }

  /** What led to a turn that goes on with what tools returned. */
  steps(principal: Principal, id: string, turn: number): Result<Message[]> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const steps = stepsTo(open.value.state, turn);
    return steps === null ? turnNotFound(id, turn) : ok(steps);
  }

  leave(viewer: Viewer): void {
    this.#home.open?.runner.leave(viewer);
  }

  async closing(principal: Principal, id: string, turn: number): Promise<Result<ClosingEvent>> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const closing = await open.value.runner.closing(turn);
    return closing === null ? turnNotFound(id, turn) : ok(closing);
  }

  /** How a turn ended; null where it has not yet. Waits for nothing. */
  ended(principal: Principal, id: string, turn: number): Result<ClosingBody | null> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const closing = open.value.runner.ended(turn);
    return closing === undefined ? turnNotFound(id, turn) : ok(closing);
  }

  async cancel(principal: Principal, id: string, turn: number): Promise<Result<ClosingEvent>> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const closing = await open.value.runner.cancel(turn);
    return closing === null ? turnNotFound(id, turn) : ok(closing);
  }

  /** The object's one alarm. Never rejects. */
  alarm(): Promise<void> {
    return ring(this.#home);
  }

  /** A change by hand: stored, told to D1 and to whoever watches. */
  async #reshape(
    principal: Principal,
    id: string,
    change: (open: Open, now: number) => Result<ConversationRecord>,
  ): Promise<Result<ConversationDetail>> {
    const open = this.#home.for(principal, id);
    return open.ok ? this.#changed(open.value, change) : open;
  }

  async #changed(
    open: Open,
    change: (open: Open, now: number) => Result<ConversationRecord>,
  ): Promise<Result<ConversationDetail>> {
    const { state, keeper } = open;
    const before = state.record;
    const next = this.#home.sql.atomically(() => {
      const made = change(open, this.#home.services.now());
      if (made.ok && made.value !== before) this.#home.save(state, made.value);
      return made;
    });
    if (!next.ok) return next;
    if (next.value !== before) {
      this.#home.announce();
      keeper.work();
      await this.#home.tellD1();
    }
    return ok(this.#home.detail(state));
  }

  /** Whether the answer of a turn lies on the active path. */
  #isShown(turn: Pick<TurnRow, "branch" | "answer_depth"> | undefined): boolean {
    const record = this.#home.open?.state.record;
    if (record === undefined || turn === undefined) return false;
    const { branch, answer_depth: depth } = turn;
    return isAbove(this.#home.sql, { branch, depth }, { ...record, depth: record.leaf_depth });
  }

  /** One message as it is shown; null for the last. */
  #shown(principal: Principal, id: string, seq: number | null): Result<Message> {
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    const named = seq ?? open.value.state.record.leaf_seq ?? 0;
    const message = readMessage(this.#home.sql, open.value.state.record, named);
    return message === null ? messageNotFound(id, named, "message_id") : ok(message);
  }

  #accept(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
    viewer: Viewer | null,
  ): Result<Accepted> {
    if (this.#home.isBuried) return conversationNotFound(id);
    if (this.#home.open === null && create) {
      const choice = this.#home.services.turn.models.choose(command.input);
      if (!choice.ok) return choice;
      const failure = resultsFault(command.parts, []);
      if (failure !== null) return { ok: false, failure };
      const once = {
        unlisted_for: this.#home.services.lifecycle.unlistedFor,
        memory: { title: false },
      };
      this.#home.make(principal, id, command.track === undefined ? {} : once);
    }
    const open = this.#home.for(principal, id);
    if (!open.ok) return open;
    if (!create) this.#home.list(open.value.state);
    return open.value.runner.accept(command, create, viewer);
  }
}

function turnNotFound(conversation: string, turn: number) {
  return fail("NOT_FOUND", "No such turn in this conversation.", {
    turn_id: ownedId("turn", conversation, turn),
  });
}
