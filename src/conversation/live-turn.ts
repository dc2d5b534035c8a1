// A turn that has not ended: its events so far, its viewers, and the handle that stops it. Events
// reach viewers at once and storage in batches, so a viewer may be ahead of storage by one batch.
import { Meter } from "../llm/calls.ts";
import type { ClosingBody, ClosingEvent, TurnEvent, TurnEventBody } from "../protocol/events.ts";
import { applyEvent, emptyTranscript, type Transcript } from "../protocol/transcript.ts";
import type { TurnSink } from "../turn/state.ts";
import { appendBatch, type Past } from "./log.ts";
import type { Sql } from "../store/sql.ts";
import type { TurnRow } from "./turns.ts";
import type { Viewer } from "./viewers.ts";

/** A batch is written when it is this large (UTF-16 units of text) or this old (milliseconds). */
const BATCH_UNITS = 16_384;
const BATCH_AGE = 500;

export class LiveTurn implements TurnSink {
  readonly row: TurnRow;
  readonly id: string;
  readonly epoch: number;
  readonly transcript: Transcript;
  readonly stop = new AbortController();
  /** Settles with the closing event. */
  readonly closed: Promise<ClosingEvent>;
  running = false;
  ended = false;
  /** When this run of it began, and when its first token came. */
  startedAt: number;
  firstTokenAt: number | null = null;
  lastEventAt: number;
  /** When its reservation was last made or renewed; a turn taken up again renews it soon. */
  renewedAt: number;
  /** What models were asked: it costs, however the turn ends. */
  readonly meter: Meter;

  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #viewers = new Set<Viewer>();
  #seq: number;
  #pending: TurnEvent[] = [];
  #pendingUnits = 0;
  #pendingSince = 0;
  #settle: (event: ClosingEvent) => void = () => undefined;

  /** @param past what the log holds of earlier epochs */
  constructor(
    sql: Sql,
    row: TurnRow,
    id: string,
    now: () => number,
    past: Omit<Past, "notices"> = { transcript: emptyTranscript(), lastSeq: 0, started: false },
  ) {
    this.row = row;
    this.id = id;
    this.epoch = row.epoch;
    this.transcript = past.transcript;
    this.startedAt = now();
    this.lastEventAt = this.startedAt;
    this.renewedAt = row.created_at;
    this.meter = new Meter(now);
    this.#sql = sql;
    this.#now = now;
    this.#seq = past.lastSeq;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The `seq` of the last event, stored or not. */
  get lastSeq(): number {
    return this.#seq;
  }

  emit(body: TurnEventBody): void {
    if (this.ended) return; // a provider that ignores its abort may still be talking
    this.#tell(this.#record(body));
    if (this.#pendingUnits >= BATCH_UNITS || this.lastEventAt - this.#pendingSince >= BATCH_AGE)
      this.flush();
  }

  /** Writes what is not stored yet. */
  flush(): void {
    appendBatch(this.#sql, this.row.n, this.#pending);
    this.#pending = [];
    this.#pendingUnits = 0;
  }

  /**
   * Ends the turn: `store` writes everything that the end means, in one transaction with the rest of
   * the log; only then is the end told.
   */
  close(store: () => ClosingBody): void {
    const closing = this.#sql.atomically(() => {
      this.#seq += 1;
      const event = { ...store(), turn_id: this.id, epoch: this.epoch, seq: this.#seq };
      appendBatch(this.#sql, this.row.n, [...this.#pending, event]);
      return event;
    });
    this.#pending = [];
    this.ended = true;
    this.#tell(closing);
    for (const viewer of this.#viewers) viewer.end();
    this.#viewers.clear();
    this.#settle(closing);
  }

  watch(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  /** Events that are not in storage yet, from `seq` on. */
  pendingFrom(seq: number): TurnEvent[] {
    return this.#pending.filter((event) => event.seq >= seq);
  }

  /** Once a second: what must happen while the model says nothing. */
  pulse(now: number): void {
    if (this.#pending.length > 0 && now - this.#pendingSince >= BATCH_AGE) this.flush();
    for (const viewer of this.#viewers) viewer.heartbeat(now);
  }

  #record(body: TurnEventBody): TurnEvent {
    this.lastEventAt = this.#now();
    this.#seq += 1;
    const event: TurnEvent = { ...body, turn_id: this.id, epoch: this.epoch, seq: this.#seq };
    applyEvent(this.transcript, body);
    if (this.#pending.length === 0) this.#pendingSince = this.lastEventAt;
    this.#pending.push(event);
    if (body.type === "text.delta" || body.type === "reasoning.delta") {
      this.firstTokenAt ??= this.lastEventAt;
      this.#pendingUnits += body.text.length;
    }
    return event;
  }

  #tell(event: TurnEvent): void {
    for (const viewer of this.#viewers) viewer.send(event);
  }
}
