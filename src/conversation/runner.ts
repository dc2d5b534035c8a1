// Runs a conversation's turns: one at a time, each to exactly one end, whatever crashes in between.
import { AppError, type Failure, fail, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import type { ClosingBody, ClosingEvent } from "../protocol/events.ts";
import type { Part } from "../protocol/message.ts";
import { thrownFields } from "../telemetry/log.ts";
import { Cancelled, NO_PROGRESS, noProgress, runTurn } from "../turn/run.ts";
import { type Learnt, NOTHING_LEARNT, type Outcome } from "../turn/state.ts";
import { tallyOf } from "../turn/tally.ts";
import { endWithout, forced, interrupted } from "./answer.ts";
import type { SendCommand } from "./command.ts";
import { storeEnd } from "./ending.ts";
import { LiveTurn } from "./live-turn.ts";
import { dropLog, foldLog, type Past } from "./log.ts";
import type { Keeper } from "./keeper.ts";
import { readMessage, readStored } from "./messages.ts";
import { lastAsked } from "./lost.ts";
import { speakable } from "./lifecycle.ts";
import type { Place } from "./path.ts";
import { inheriting } from "./inheriting.ts";
import { changedElsewhere, HEARTBEAT, misfit, questionOf, storeQuestion } from "./question.ts";
import { recollectionOf, turnInput } from "./recollection.ts";
import { closingOf, replay } from "./replay.ts";
import type { Dues } from "./settlement.ts";
import type { ObjectState } from "./state.ts";
import {
  KEY_LIFE,
  openTurns,
  readTurn,
  setEpoch,
  setRunning,
  type TurnRow,
  turnOfKey,
} from "./turns.ts";
import type { Viewer } from "./viewers.ts";

/** How often a turn is taken up again after a restart. */
const MOST_RECOVERIES = 3;
/** Turns that may wait behind the running one. */
const LONGEST_QUEUE = 10;

export type Accepted = {
  turn: number;
  turn_id: string;
  message_id: string;
  attached: boolean;
  /** Under which its answer is asked for later. */
  track_id: string | null;
};

/** For the log. */
function whoAnswered({ meter }: LiveTurn) {
  const { provider, model } = tallyOf(meter);
  return { provider, model };
}

export class Runner {
  readonly #state: ObjectState;
  /** Gives up on the object's memory: it wakes anew from storage. */
  readonly #restart: (reason: string) => void;
  /** The sockets that are open: they follow every turn that begins. */
  readonly #sockets: () => Iterable<Viewer>;
  /** Turns that have not ended, oldest first. */
  readonly #live = new Map<number, LiveTurn>();
  readonly dues: Dues;
  readonly #keeper: Keeper;
  #pulse: ReturnType<typeof setInterval> | undefined;

  constructor(
    state: ObjectState,
    dues: Dues,
    keeper: Keeper,
    restart: (reason: string) => void,
    sockets: () => Iterable<Viewer>,
  ) {
    this.#state = state;
    this.dues = dues;
    this.#keeper = keeper;
    this.#restart = restart;
    this.#sockets = sockets;
  }

  get running(): LiveTurn | undefined {
    for (const live of this.#live.values()) if (live.running) return live;
    return undefined;
  }

  get busy(): boolean {
    return this.#live.size > 0;
  }

  /**
   * Accepts a message: stores it with its turn and starts it, or lets it wait. Nothing in here waits.
   * @param made the conversation's id follows from the command's key: then the key is never forgotten
   */
  accept(command: SendCommand, made: boolean, viewer: Viewer | null): Result<Accepted> {
    const { sql, services } = this.#state;
    const now = services.now();
    const known = this.#attached(command, made ? 0 : now - KEY_LIFE);
    if (known !== null) return known;
    const speaks = speakable(this.#state.record);
    if (!speaks.ok) return speaks;
    const choice = services.turn.models.choose(this.#wanted(command.input));
    if (!choice.ok) return choice;
    const question = questionOf(this.#state, command, this.#unfinished());
    if (!question.ok) return question;
    const refused = this.#refusal(command.on_busy);
    if (refused !== null) return refused;
    const failure = misfit(this.#state, question.value);
    if (failure !== null) return { ok: false, failure };

    const waits = this.busy;
    const earlier = [...this.#live.values()];
    const told = changedElsewhere(this.#state.record, inheriting(sql, command, question.value));
    const row = storeQuestion(this.#state, told, question.value, waits, now);
    const live = this.#add(new LiveTurn(sql, row, this.#turnId(row.n), services.now));
    if (viewer !== null) live.watch(viewer);
    if (waits) this.#announceQueued(live);
    if (command.on_busy === "interrupt") for (const other of earlier) this.#stop(other);
    if (!waits) this.#start(live);
    return ok(this.#accepted(row, false));
  }

  /** Whether a message belongs to a turn that has not ended. */
  isUnfinished(seq: number): boolean {
    return this.#unfinished().has(seq);
  }

  /** Where an answer is going to be that is still to come; null for any other message. */
  placeOfAnswer(seq: number): Place | null {
    const live = [...this.#live.values()].find(({ row }) => row.answer_seq === seq);
    if (live === undefined) return null;
    return { seq, branch: live.row.branch, depth: live.row.answer_depth };
  }

  /** The messages of turns that have not ended, each with its turn's question. */
  #unfinished(): Map<number, number> {
    return new Map(
      [...this.#live.values()].flatMap(({ row: { question_seq, answer_seq } }) => [
        [question_seq, question_seq],
        [answer_seq, question_seq],
      ]),
    );
  }

  /** Cancels a turn, waiting or running; an ended one stays as it ended. Null where there is none. */
  async cancel(n: number): Promise<ClosingEvent | null> {
    const live = this.#live.get(n);
    if (live === undefined) return this.closing(n);
    this.#stop(live);
    return live.closed;
  }

  /** How a turn ended; null where it has not, undefined where there is no such turn. */
  ended(n: number): ClosingBody | null | undefined {
    if (this.#live.has(n)) return null;
    const row = readTurn(this.#state.sql, n);
    return row === null ? undefined : closingOf(this.#state, row);
  }

  /** The closing event of a turn, as soon as there is one. Null where there is no such turn. */
  async closing(n: number): Promise<ClosingEvent | null> {
    const live = this.#live.get(n);
    if (live !== undefined) return live.closed;
    const row = readTurn(this.#state.sql, n);
    if (row === null) return null;
    return {
      ...closingOf(this.#state, row),
      turn_id: this.#turnId(n),
      epoch: row.epoch,
      seq: row.last_seq,
    };
  }

  /**
   * Tells `viewer` what it missed of a turn, then lets it follow. Null where there is no such turn;
   * false where it has heard everything already.
   */
  follow(n: number, viewer: Viewer, after: { epoch: number; seq: number } | null): boolean | null {
    const live = this.#live.get(n);
    const row = live?.row ?? readTurn(this.#state.sql, n);
    if (row === null) return null;
    if (live === undefined && after?.epoch === row.epoch && after.seq === row.last_seq) {
      viewer.end();
      return false;
    }
    const missed = replay(this.#state, row, live, after);
    live?.watch(viewer);
    viewer.catchUp(missed);
    if (live === undefined) viewer.end();
    return true;
  }

  leave(viewer: Viewer): void {
    for (const live of this.#live.values()) live.leave(viewer);
  }

  /** After a restart: takes up every turn that had not ended. */
  recover(): void {
    const { sql, record } = this.#state;
    // All of them are there before any goes on: how one ends depends on who waits behind it.
    const taken = openTurns(sql, record.closed_through).map((row) => this.#retake(row));
    for (const { live, past } of taken) if (live.row.status === "running") this.#goOn(live, past);
    this.#startNext();
  }

  /** Ends every turn without a model: the object's wake-ups are spent. */
  giveUp(failure: Failure): void {
    for (const live of this.#live.values()) {
      live.stop.abort(new Cancelled());
      this.#close(live, endWithout(failure), undefined, false);
    }
  }

  /** Stops every turn, leaving nothing behind: the conversation is being deleted. */
  abandon(): void {
    for (const live of this.#live.values()) {
      live.stop.abort(new Cancelled());
      this.#close(live, endWithout(null), undefined, false);
    }
  }

  /** The turn that the command's key made before, if any. */
  #attached(command: SendCommand, since: number): Result<Accepted> | null {
    if (command.idempotency === null) return null;
    const row = turnOfKey(this.#state.sql, command.idempotency.key, since);
    if (row === null) return null;
    if (row.idempotency_hash !== command.idempotency.hash)
      return fail(
        "IDEMPOTENCY_CONFLICT",
        "This Idempotency-Key was used for another request. Use a new key for a new message.",
        { turn_id: this.#turnId(row.n) },
      );
    return ok(this.#accepted(row, true));
  }

  #refusal(onBusy: SendCommand["on_busy"]): Result<never> | null {
    const running = this.running;
    const details = { turn_id: running?.id ?? null };
    if (running !== undefined && onBusy === "reject")
      return fail(
        "CONVERSATION_BUSY",
        "An answer is still being written here. Wait for it, cancel it, or send with on_busy: queue or interrupt.",
        details,
      );
    if (onBusy === "queue" && this.#live.size > LONGEST_QUEUE)
      return fail(
        "CONVERSATION_BUSY",
        `${LONGEST_QUEUE} messages are waiting here already.`,
        details,
      );
    return null;
  }

  #announceQueued(live: LiveTurn): void {
    const message = readMessage(this.#state.sql, this.#state.record, live.row.question_seq);
    if (message === null) throw new AppError("INTERNAL_ERROR", "a queued turn has no question");
    for (const viewer of this.#sockets()) live.watch(viewer);
    live.emit({ type: "turn.queued", conversation_id: this.#state.record.id, message });
    live.flush();
  }

  #startNext(): void {
    if (this.running !== undefined) return;
    const [next] = this.#live.values();
    if (next === undefined) return;
    const { sql, alarms, services } = this.#state;
    sql.atomically(() => {
      setRunning(sql, next.row.n);
      alarms.schedule("turn", services.now() + HEARTBEAT);
      alarms.arm();
    });
    next.startedAt = services.now();
    this.#start(next);
  }

  #start(live: LiveTurn, past?: Past): void {
    const { sql, record } = this.#state;
    const continues = past?.transcript.text || undefined;
    live.running = true;
    if (past?.started !== true) {
      const message = readMessage(sql, record, live.row.question_seq);
      const message_id = ownedId("msg", record.id, live.row.answer_seq);
      for (const viewer of this.#sockets()) live.watch(viewer);
      live.emit({ type: "turn.started", conversation_id: record.id, message_id, message });
    }
    // Not awaited: whoever sent the message may leave, the turn goes on. It cannot reject silently:
    // if its end cannot be stored, the object restarts and recovers it.
    this.#run(live, continues).catch((thrown: unknown) => {
      this.#state.services.log.error("turn.unstored", {
        turn_id: live.id,
        ...thrownFields(thrown),
      });
      this.#restart("a turn's end could not be stored");
    });
  }

  async #run(live: LiveTurn, continues: string | undefined): Promise<void> {
    const { sql, services } = this.#state;
    const read = sql.rowsRead;
    const written = sql.rowsWritten;
    const run = runTurn(
      turnInput(
        this.#state.record,
        live.row.input,
        this.#wanted(live.row.input),
        continues,
        this.#partsOf(live),
      ),
      {
        ...services.turn,
        memory: recollectionOf(this.#state, live),
        meter: live.meter,
        span: (node, milliseconds, failed) =>
          services.log.debug("turn.node", { turn_id: live.id, node, milliseconds, failed }),
      },
      live,
      live.stop.signal,
    );
    const { outcome, thrown, learnt } = await Promise.race([run, forced(live.stop.signal)]);
    if (live.ended) return;
    this.#close(live, outcome, learnt);
    if (outcome.status === "completed" && live.transcript.sources.length > 0)
      services.sampled({
        tenant_id: this.#state.record.tenant_id,
        user_id: this.#state.record.user_id,
        turn_id: live.id,
        query: live.row.input.text,
        answer: live.transcript.text,
        sources: live.transcript.sources,
        metadata: learnt.metadata,
        latency_ms: services.now() - live.startedAt,
      });
    services.log.info("turn.ended", {
      turn_id: live.id,
      status: outcome.status,
      ...whoAnswered(live),
      epoch: live.epoch,
      milliseconds: services.now() - live.startedAt,
      rows_read: sql.rowsRead - read,
      rows_written: sql.rowsWritten - written,
      ...(thrown === undefined ? {} : { thrown: thrownFields(thrown) }),
    });
  }

  /** Of the question, where it has more than text. */
  #partsOf({ row }: LiveTurn): readonly Part[] {
    if (row.input.rich !== true) return [];
    return readStored(this.#state.sql, row.question_seq)?.parts ?? [];
  }

  #close(live: LiveTurn, outcome: Outcome, learnt: Learnt = NOTHING_LEARNT, goOn = true): void {
    const others = [...this.#live.keys()].filter((n) => n !== live.row.n);
    const settlement = storeEnd(this.#state, this.#keeper, live, outcome, learnt, others);
    this.#live.delete(live.row.n);
    if (settlement !== null) void this.dues.settle(settlement);
    this.#keeper.work();
    if (this.#live.size === 0) {
      clearInterval(this.#pulse);
      this.#pulse = undefined;
    } else if (goOn) this.#startNext();
  }

  #stop(live: LiveTurn): void {
    if (live.running) live.stop.abort(new Cancelled());
    else this.#close(live, endWithout(null), undefined, false);
  }

  /** A turn as its log left it; in a new epoch, if it was running. `past` is null for a log that cannot be read. */
  #retake(row: TurnRow): { live: LiveTurn; past: Past | null } {
    const { sql, alarms, services } = this.#state;
    const past = this.#pastOf(row);
    let taken = row;
    if (row.status === "running") {
      const epoch = row.epoch + 1;
      const place = {
        first_seq: (past?.lastSeq ?? 0) + 1,
        offset: past?.transcript.text.length ?? 0,
      };
      taken = { ...row, epoch, epochs: [...row.epochs, { epoch, ...place }] };
      sql.atomically(() => {
        setEpoch(sql, row.n, taken.epochs);
        alarms.schedule("turn", services.now() + HEARTBEAT);
        alarms.arm();
      });
    }
    const live = this.#add(
      new LiveTurn(sql, taken, this.#turnId(row.n), services.now, past ?? undefined),
    );
    if (row.status !== "running") return { live, past };
    live.startedAt = row.created_at;
    if (past?.started === true) this.#countLost(live, past);
    return { live, past };
  }

  /** A model was asked before, in all likelihood; how much, nobody knows any more but for the text. */
  #countLost({ row, meter, transcript }: LiveTurn, { notices }: Past): void {
    const choice = this.#state.services.turn.models.choose(this.#wanted(row.input));
    const chosen = choice.ok
      ? { provider: choice.value.provider.id, model: choice.value.model }
      : null;
    let from = 0;
    for (const { epoch, offset } of row.epochs) {
      const said = transcript.text.slice(from, offset);
      from = offset;
      const by = lastAsked(notices, epoch - 1, chosen);
      if (by === null) continue;
      meter.lost({ ...by, at: row.created_at }, said, row.input.charge?.own ?? 0);
    }
  }

  #pastOf(row: TurnRow): Past | null {
    try {
      return foldLog(this.#state.sql, row.n);
    } catch (thrown) {
      this.#state.services.log.error("turn.unreadable", { n: row.n, ...thrownFields(thrown) });
      dropLog(this.#state.sql, row.n); // its place is needed for the event that says so
      return null;
    }
  }

  /** Goes on with a turn that was running when the object went away. */
  #goOn(live: LiveTurn, past: Past | null): void {
    this.#state.services.log.warning("turn.recovered", { turn_id: live.id, epoch: live.epoch });
    // Calls of tools were told already, and nobody knows whether all of them: they are not told twice.
    const called = live.transcript.tool_calls.length > 0;
    if (past !== null && !called && live.epoch - 1 <= MOST_RECOVERIES) {
      this.#start(live, past);
      return;
    }
    const when = past === null || called ? "" : ` after ${MOST_RECOVERIES} new attempts`;
    this.#close(live, endWithout(interrupted(when)), undefined, false);
  }

  #add(live: LiveTurn): LiveTurn {
    this.#live.set(live.row.n, live);
    this.#pulse ??= setInterval(() => this.#beat(), 1000);
    return live;
  }

  #beat(): void {
    const now = this.#state.services.now();
    for (const live of this.#live.values()) {
      live.pulse(now);
      this.dues.renew(live, now);
      if (live.running && now - live.lastEventAt > NO_PROGRESS) live.stop.abort(noProgress());
    }
  }

  /** The request's provider and model, then the conversation's: a model belongs to its provider. */
  #wanted(input: { provider?: string | undefined; model?: string | undefined }) {
    const { record } = this.#state;
    const provider = input.provider ?? record.provider ?? undefined;
    const same = input.provider === undefined || input.provider === record.provider;
    return { provider, model: input.model ?? (same ? (record.model ?? undefined) : undefined) };
  }

  #accepted(row: TurnRow, attached: boolean): Accepted {
    const message_id = ownedId("msg", this.#state.record.id, row.answer_seq);
    const track_id = row.input.track?.track_id ?? null;
    return { turn: row.n, turn_id: this.#turnId(row.n), message_id, attached, track_id };
  }

  #turnId(n: number): string {
    return ownedId("turn", this.#state.record.id, n);
  }
}
