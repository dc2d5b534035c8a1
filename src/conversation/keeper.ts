// What a conversation does for its memory when nobody waits: finds itself a title, condenses what is
// old. Wanted in the transaction that ends a turn, so that a crash forgets nothing; done beside whatever
// turn runs meanwhile, and committed only if what it read still stands.
import { extractEntities, mergeEntities } from "../memory/entities.ts";
import { type Ask, makeAsk } from "../memory/ask.ts";
import { keepImportant } from "../memory/importance.ts";
import { begins } from "../memory/said.ts";
import { foldIn } from "../memory/summary.ts";
import { titleOf } from "../memory/title.ts";
import { Meter, type ModelCall } from "../llm/calls.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { ownedId } from "../ids.ts";
import type { MemorySettings } from "../protocol/memory.ts";
import { contentOf } from "../protocol/message.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { Learnt, Outcome } from "../turn/state.ts";
import { type Digest, readDigest, writeDigest } from "./digests.ts";
import type { LiveTurn } from "./live-turn.ts";
import { pageTo, placeOf, saidFrom } from "./messages.ts";
import * as outbox from "./outbox.ts";
import { changed, type ConversationRecord, saveRecord } from "./record.ts";
import { condenses, goesOn, LEAST_STAYING, settingsOf } from "./recollection.ts";
import { bookedAfter, type Dues } from "./settlement.ts";
import type { ObjectState } from "./state.ts";
import { readSpent, readTurn, setSpent, type Spent, type TurnRow } from "./turns.ts";

/** Of the history's budget: fuller than this, what is old is condensed; this much stays word for word. */
const FULL = 0.75;
const STAYS = 0.4;
/** Messages, and UTF-16 units of them, that are read to be condensed. */
const MOST_READ = 400;
const MOST_UNITS = 1_000_000;
/** Messages, and tokens of them, that are condensed at a time; of more, the most important. */
const MOST_FOLDED = 60;
const MOST_FOLDED_TOKENS = 12_000;
const LONGEST_FOLDED = 3_000;
/** UTF-16 units of a message that are read to be condensed: longer ones are cut all the same. */
const LONGEST_READ = 50_000;
/** Tokens below which a conversation that is over, or pauses, is not worth a summary. */
const WORTH_IT = 400;
/** Milliseconds: what was begun is taken up again after a crash; what failed, later and later. */
const AGAIN = 60_000;
const MOST_ATTEMPTS = 3;
/** Turns after which nobody looks for a title any more: whoever could not find one so far will not. */
const MOST_UNTITLED = 5;

type Kept = {
  seq: number;
  depth: number;
  branch: number;
  role: "user" | "assistant";
  content: string;
  goesOn: boolean;
  finished_at: number;
};

/** `wants` is how often something had been wanted when it began. */
type Attempt = { task: "title" | "fold"; attempts: number; wants: number };

type Unfolded = {
  previous: { digest: Digest; depth: number } | null;
  /** Oldest first. */
  messages: Kept[];
  /** Messages between those and the previous digest that are too many to be read. */
  skipped: number;
};

export class Keeper {
  readonly #state: ObjectState;
  readonly #dues: Dues;
  /** Told when something changed that viewers see. */
  readonly #changed: () => void;
  #working = false;
  /** How often something was wanted: what is wanted while it is done is done once more. */
  #wants = 0;
  /** The tokens of history that the last turn could have; null until there was one. */
  #budget: number | null = null;

  constructor(state: ObjectState, dues: Dues, changedSomething: () => void) {
    this.#state = state;
    this.#dues = dues;
    this.#changed = changedSomething;
  }

  /** In the transaction that ends a turn: notes what is to be done, where something is. */
  wants(live: LiveTurn, outcome: Outcome, { window }: Learnt, record: ConversationRecord): void {
    const settings = settingsOf(record, this.#state.services);
    const titles = settings.title && record.titled_by === "words" && live.row.n <= MOST_UNTITLED;
    if (titles && outcome.status === "completed") this.#want("title", false);
    if (window === null || !condenses(settings)) return;
    this.#budget = window.budget;
    const said = estimateTokens(live.row.input.text) + estimateTokens(live.transcript.text);
    const full = window.left || window.tokens + said * record.token_ratio > FULL * window.budget;
    if (full) this.#want("fold", record.fold_failed);
  }

  /** Notes that what was said so far is to be condensed: the conversation pauses, or is over. */
  wantsAll(): void {
    const { record, services } = this.#state;
    if (condenses(settingsOf(record, services))) this.#want("fold", false);
  }

  /** @param failed it failed before: it is tried once, in a while, not with every turn */
  #want(task: Attempt["task"], failed: boolean): void {
    const { alarms, services } = this.#state;
    const now = services.now();
    this.#wants += 1;
    if (alarms.has(task)) return;
    if (failed) alarms.schedule(task, now + AGAIN * 2 ** (MOST_ATTEMPTS - 1), MOST_ATTEMPTS - 1);
    else alarms.schedule(task, now + AGAIN);
  }

  /** Does what is wanted anew, or due again, unless that is under way. Never rejects. */
  work(): void {
    if (this.#working || this.#isGone()) return;
    const begun = (["title", "fold"] as const).flatMap((task) => this.#begin(task) ?? []);
    if (begun.length === 0) return;
    this.#state.alarms.arm();
    this.#working = true;
    void this.#work(begun).finally(() => {
      this.#working = false;
      this.work();
    });
  }

  /** Counts an attempt before it begins: what the object dies of is not tried for ever. Null: not now. */
  #begin(task: Attempt["task"]): Attempt | null {
    const { alarms, services } = this.#state;
    const now = services.now();
    const before = alarms.attemptsOf(task);
    if (!alarms.has(task) || (before > 0 && !alarms.isDue(task, now))) return null;
    alarms.schedule(task, now + AGAIN * 2 ** before, before + 1);
    return { task, attempts: before + 1, wants: this.#wants };
  }

  async #work(begun: readonly Attempt[]): Promise<void> {
    // Whoever waits behind the turn that has just ended goes first.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    for (const attempt of begun) await this.#attempt(attempt);
  }

  async #attempt({ task, attempts, wants }: Attempt): Promise<void> {
    const { alarms, services, record } = this.#state;
    if (this.#isGone()) return;
    try {
      await (task === "title" ? this.#title() : this.#fold());
      if (this.#isGone()) return;
      alarms.clear(task);
      if (this.#wants !== wants) alarms.schedule(task, services.now() + AGAIN);
    } catch (thrown) {
      if (this.#isGone()) return;
      services.log.warning("memory.failed", {
        conversation_id: record.id,
        task,
        attempts,
        ...thrownFields(thrown),
      });
      if (attempts >= MOST_ATTEMPTS) alarms.clear(task);
      if (task === "fold") this.#noteFailure();
    }
    alarms.arm();
  }

  #noteFailure(): void {
    if (this.#state.record.fold_failed) return;
    this.#state.record = { ...this.#state.record, fold_failed: true };
    saveRecord(this.#state.sql, this.#state.record);
  }

  async #title(): Promise<void> {
    const { sql, record, erasures } = this.#state;
    const end = { branch: record.branch, depth: record.leaf_depth };
    const said = pageTo(sql, end, { limit: 2, offset: 0 });
    const [question, answer] = said;
    if (question === undefined || answer === undefined || record.closed_through === 0) return;
    if (said.some(({ status }) => status === "deleted")) return;
    const title = await this.#asking((ask) =>
      titleOf(ask, contentOf(question.parts), contentOf(answer.parts)),
    );
    this.#commit((now) => {
      // Meanwhile somebody may have given it one by hand, or taken back what it is made of.
      const { record: found } = this.#state;
      if (found.titled_by !== "words" || this.#state.erasures !== erasures) return null;
      return changed(found, now, { title, titled_by: "model", edited: found.edited + 1 });
    });
  }

  async #fold(): Promise<void> {
    const { sql, record, services, erasures } = this.#state;
    const settings = settingsOf(record, services);
    // What was brought in from elsewhere is condensed when somebody speaks there, who pays for it.
    if (!condenses(settings) || record.closed_through === 0) return;
    const { previous, messages, skipped } = this.#unfolded();
    const folded = this.#toFold(messages, settings);
    const last = folded.at(-1);
    if (last === undefined) return;
    const said = chosen(folded);
    const before = previous?.digest ?? { summary: "", topics: [], entities: [], left_out: 0 };
    const { strategy } = settings;
    const [summary, found] = await this.#asking((ask) =>
      Promise.all([
        strategy.includes("summary")
          ? foldIn(ask, before.summary === "" ? null : before.summary, said)
          : { summary: "", topics: before.topics },
        !strategy.includes("entity")
          ? []
          : strategy.includes("summary")
            ? this.#orNone(extractEntities(ask, said))
            : extractEntities(ask, said),
      ]),
    );
    this.#commit((now) => {
      // What was erased meanwhile must not live on in a summary: it is condensed anew.
      if (this.#state.erasures !== erasures || placeOf(sql, last.seq) === null) {
        this.#wants += 1;
        return null;
      }
      const topics = summary.topics.length > 0 ? summary.topics : before.topics;
      writeDigest(
        sql,
        last,
        {
          summary: summary.summary,
          topics,
          entities: mergeEntities(before.entities, found, last.finished_at),
          left_out: before.left_out + skipped + folded.length - said.length,
        },
        now,
      );
      return changed(this.#state.record, now, { topics, fold_failed: false });
    });
  }

  /** A summary is not lost for want of entities. */
  async #orNone<T>(found: Promise<T[]>): Promise<T[]> {
    try {
      return await found;
    } catch (thrown) {
      this.#state.services.log.warning("memory.partial", thrownFields(thrown));
      return [];
    }
  }

  /** What no digest tells yet, on the active path: the newest of it that can be read at a time. */
  #unfolded(): Unfolded {
    const { sql, record } = this.#state;
    const end = { branch: record.branch, depth: record.leaf_depth };
    const previous = readDigest(sql, end);
    const covered = previous?.depth ?? -1;
    const messages: Kept[] = [];
    let units = 0;
    let skipped = 0;
    for (const message of saidFrom(sql, end)) {
      if (message.depth <= covered) break;
      const content = contentOf(message.parts).slice(0, LONGEST_READ);
      units += content.length;
      if (messages.length === MOST_READ || units > MOST_UNITS) {
        skipped = message.depth - covered;
        break;
      }
      const { seq, depth, branch, role, finished_at } = message;
      if (message.status !== "deleted")
        messages.push({
          seq,
          depth,
          branch,
          role,
          finished_at,
          content,
          goesOn: goesOn(message),
        });
    }
    return { previous, messages: messages.toReversed(), skipped };
  }

  /** Of those, what is old enough: whole exchanges. All of it where nobody is going to speak soon. */
  #toFold(messages: Kept[], settings: MemorySettings): Kept[] {
    const { record, services } = this.#state;
    if (record.status !== "active") return tokensOf(messages) < WORTH_IT ? [] : messages;
    const most = this.#budget ?? settings.history_tokens ?? services.turn.historyTokens;
    let staying = 0;
    let tokens = 0;
    for (const message of messages.toReversed()) {
      tokens += tokensOf([message]) * record.token_ratio;
      // The last exchanges stay as long as the window has room for them; what it has not is condensed.
      if (tokens > most || (staying >= LEAST_STAYING && tokens > STAYS * most)) break;
      if (staying === settings.messages) break;
      staying += 1;
    }
    const old = messages.slice(0, messages.length - staying);
    const end = old.findLastIndex(({ role }, at) => {
      const next = messages[at + 1];
      return role === "assistant" && (next === undefined || begins(next));
    });
    return old.slice(0, end + 1);
  }

  /** Lets `does` ask models, in the name of the turn that ended last, and books what that used. */
  async #asking<T>(does: (ask: Ask) => Promise<T>): Promise<T> {
    const { sql, services, record } = this.#state;
    const turn = readTurn(sql, record.closed_through);
    // Read now: when it is told what this used, the conversation may be gone.
    const before = turn === null ? null : readSpent(sql, turn.n);
    const meter = new Meter(services.now);
    const { provider = record.provider, model = record.model } = turn?.input ?? {};
    const choice = services.turn.models.choose({ provider, model });
    const ask = makeAsk({
      models: services.turn.models,
      beside: choice.ok ? choice.value : services.turn.models.standard,
      meter,
    });
    try {
      return await does(ask);
    } finally {
      const calls = meter.calls();
      if (turn !== null && before !== null && calls.length > 0)
        await this.#book(turn, before, calls);
    }
  }

  async #book(turn: TurnRow, before: Spent, calls: readonly ModelCall[]): Promise<void> {
    const { sql, alarms, services, record } = this.#state;
    const { charge, feature } = turn.input;
    if (!charge) return;
    const now = services.now();
    const turn_id = ownedId("turn", record.id, turn.n);
    const pays = { charge, feature };
    const books = bookedAfter(record, turn_id, pays, before, calls, services.prices, now);
    if (this.#isGone()) {
      // Nothing is stored here any more: what was used is told at once, and settled.
      await Promise.all([
        services
          .recordUsage(record.tenant_id, books.usage)
          .catch((thrown: unknown) =>
            services.log.warning("charge.unbooked", thrownFields(thrown)),
          ),
        books.settlement === null ? null : this.#dues.settle(books.settlement),
      ]);
      return;
    }
    sql.atomically(() => {
      setSpent(sql, turn.n, books.spent);
      outbox.putTurn(sql, turn.n, books, `:${books.spent.attempt}`);
      alarms.by("outbox", now + 1000);
    });
    alarms.arm();
    if (books.settlement !== null) void this.#dues.settle(books.settlement);
  }

  /** Stores what was made out, all of it or nothing, unless the conversation went meanwhile. */
  #commit(change: (now: number) => ConversationRecord | null): void {
    const { sql, alarms, services } = this.#state;
    if (this.#isGone()) return;
    const now = services.now();
    const next = sql.atomically(() => {
      const made = change(now);
      if (made === null) return null;
      // Nobody did anything: its place in lists stays.
      const record = { ...made, updated_at: this.#state.record.updated_at };
      saveRecord(sql, record);
      outbox.put(sql, record);
      alarms.by("outbox", now + 1000);
      return record;
    });
    if (next === null) return;
    this.#state.record = next;
    alarms.arm();
    this.#changed();
  }

  #isGone(): boolean {
    return this.#state.gone || this.#state.record.deleted_at !== null;
  }
}

/** What of an old stretch is condensed: all of it, or where that is too much the exchanges that matter most. */
function chosen(messages: Kept[]): Kept[] {
  if (messages.length <= MOST_FOLDED && tokensOf(messages) <= MOST_FOLDED_TOKENS) return messages;
  const exchanges: Kept[][] = [];
  for (const message of messages) {
    const open = exchanges.at(-1);
    if (begins(message) || open === undefined) exchanges.push([message]);
    else open.push(message);
  }
  const weighed = exchanges.map((exchange) => ({
    text: exchange.map(({ content }) => content).join("\n"),
    // Long ones are cut when they are condensed: none of them fills it alone.
    tokens: Math.max(
      MOST_FOLDED_TOKENS / MOST_FOLDED,
      Math.min(tokensOf(exchange), LONGEST_FOLDED),
    ),
  }));
  return keepImportant(weighed, MOST_FOLDED_TOKENS).flatMap((at) => exchanges[at] ?? []);
}

function tokensOf(messages: readonly Kept[]): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
}
