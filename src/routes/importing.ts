// An import under way: each conversation of the file becomes one here, a stretch of messages at a time.
import type { IntakeEnd } from "../conversation/intake.ts";
import { AppError, failureOf, unwrap } from "../errors.ts";
import { newConversationId } from "../ids.ts";
import { readChatgptNode } from "../protocol/import-chatgpt.ts";
import { readEdgewiseMessage } from "../protocol/import-edgewise.ts";
import { type Facts, readField } from "../protocol/import-facts.ts";
import { type FileEvent, type ImportFile, NotOurs } from "../protocol/import-file.ts";
import { Tree, weightOf } from "../protocol/import-order.ts";
import { BrokenJson } from "../protocol/json-walk.ts";
import { sound } from "../protocol/shortened.ts";
import type { BroughtMessage } from "../protocol/transfer.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";
import { type ImportReport, Report } from "./import-report.ts";
import { abandoned, madeHere } from "./making.ts";

/** Messages of one call, and UTF-16 units of them: well under what a call may carry. */
const MOST_MESSAGES = 500;
const MOST_UNITS = 4_000_000;
const LONGEST_ID = 200;
/** Conversations that are stored at a time, where what is left of each is no longer than this. */
const MOST_IN_FLIGHT = 4;
const SMALL_UNITS = 500_000;

type Incoming = {
  index: number;
  tree: Tree;
  facts: Facts;
  /** Facts that came when it was made already. */
  late: Facts;
  /** Its id here, once it is made. */
  id: string | null;
  messages: number;
  title: string | null;
  /** The message that came last in the file. */
  last: string | null;
  failed: boolean;
};

export class Importing {
  readonly #c: AppContext;
  readonly #file: ImportFile;
  readonly #report = new Report();
  #open: Incoming | null = null;
  /** Read to their end and being stored, in the order of the file; each then tells how it went. */
  readonly #inFlight: Promise<() => void>[] = [];

  constructor(c: AppContext, file: ImportFile) {
    this.#c = c;
    this.#file = file;
  }

  get hasAny(): boolean {
    return this.#report.conversations > 0;
  }

  report(broke_off: string | null): ImportReport {
    return this.#report.whole(broke_off);
  }

  async take(event: FileEvent): Promise<void> {
    if (event.type === "strange") {
      this.#report.skipped(`#${event.index}`, null, "is no conversation");
      return;
    }
    if (event.type === "conversation") {
      this.#open = {
        index: event.index,
        tree: new Tree(),
        facts: {},
        late: {},
        id: null,
        messages: 0,
        title: null,
        last: null,
        failed: false,
      };
      return;
    }
    const open = this.#open;
    if (open === null || open.failed) return;
    try {
      if (event.type === "end") await this.#end(open);
      else if (event.type === "oversized") this.#oversized(open, event.what, event.key);
      else if (event.type === "field") this.#field(open, event.name, event.value);
      else await this.#message(open, event.key, event.value);
    } catch (thrown) {
      await this.#fail(open, thrown);
    }
  }

  /** Waits until at most `left` are being stored. */
  async settle(left = 0): Promise<void> {
    while (this.#inFlight.length > left) (await this.#inFlight.shift())?.();
  }

  /** The file ends in the middle of a conversation: that one is not taken. */
  async breakOff(): Promise<void> {
    await this.settle();
    const open = this.#open;
    if (open === null || open.failed) return;
    await this.#undo(open);
    this.#report.skipped(nameOf(open), null, "the file breaks off within it");
  }

  #oversized(open: Incoming, what: "field" | "message", key: string): void {
    const reason = "is too long";
    if (what === "field") this.#report.note(nameOf(open), null, `${key.slice(0, 100)} ${reason}`);
    else this.#report.skipped(nameOf(open), key.slice(0, LONGEST_ID), reason);
  }

  #field(open: Incoming, name: string, value: unknown): void {
    if (this.#file.format === null) return;
    const { facts, note } = readField(this.#file.format, name, value);
    if (note !== null) this.#report.note(nameOf(open), null, note);
    Object.assign(open.facts, facts);
    if (open.id !== null) Object.assign(open.late, facts);
  }

  async #message(open: Incoming, key: string, value: unknown): Promise<void> {
    const chatgpt = this.#file.format === "chatgpt";
    const { node, reason, note } = chatgpt
      ? readChatgptNode(key, value)
      : readEdgewiseMessage(value);
    const id = sound((node?.id ?? `#${key}`).slice(0, LONGEST_ID));
    if (reason !== null) this.#report.skipped(nameOf(open), id, reason);
    if (node === null) return;
    const refused =
      node.id.length > LONGEST_ID
        ? `its id has more than ${LONGEST_ID} characters`
        : open.tree.add(node);
    if (refused !== null) {
      this.#report.skipped(nameOf(open), id, refused);
      return;
    }
    if (note !== undefined) this.#report.note(nameOf(open), id, note);
    if (node.said !== null) open.last = node.id;
    const { nodes, units } = open.tree.ready;
    if (nodes >= MOST_MESSAGES || units >= MOST_UNITS)
      await this.#bring(open, open.tree.take(), null);
  }

  async #end(open: Incoming): Promise<void> {
    const name = nameOf(open);
    const { orphans, unreachable } = open.tree.finish();
    for (const id of orphans)
      this.#report.note(
        name,
        id.slice(0, LONGEST_ID),
        "what it follows is not in the file: it begins a path of its own",
      );
    for (const id of unreachable)
      this.#report.skipped(name, id.slice(0, LONGEST_ID), "it follows itself, in a circle");
    const rest = open.tree.take();
    const shown = [open.facts.leaf, open.last]
      .map((id) => (id === undefined || id === null ? null : open.tree.numberOf(id)))
      .find((seq) => seq !== null);
    this.#open = null;
    if (open.id === null && rest.length === 0) {
      this.#report.skipped(name, null, "nothing in it can be imported");
      return;
    }
    const weight = rest.reduce((sum, message) => sum + weightOf(message), 0);
    await this.settle(MOST_IN_FLIGHT - 1);
    this.#inFlight.push(this.#store(open, rest, { leaf: shown ?? null }));
    if (weight > SMALL_UNITS) await this.settle();
  }

  /** Never rejects. @returns what tells how it went */
  async #store(
    open: Incoming,
    rest: readonly BroughtMessage[],
    end: IntakeEnd,
  ): Promise<() => void> {
    try {
      await this.#bring(open, rest, end);
      const id = open.id ?? "";
      await this.#tellLate(open, id);
      const { title, messages, facts } = open;
      return () =>
        this.#report.imported({ id, title, messages, source_id: facts.source_id ?? null });
    } catch (thrown) {
      return this.#failed(open, thrown);
    }
  }

  /** @param end with the last of them */
  async #bring(
    open: Incoming,
    messages: readonly BroughtMessage[],
    end: IntakeEnd | null,
  ): Promise<void> {
    const { principal, services } = this.#c.var;
    const now = services.now();
    const stretches = [...stretchesOf(messages)];
    if (stretches.length === 0 && open.id !== null && end !== null) stretches.push([]);
    for (const [at, stretch] of stretches.entries()) {
      open.id ??= await this.#make(open, stretch, now);
      const begun = Math.min(open.facts.created_at ?? now, now);
      const dated = stretch.map((message) => ({ ...message, ...timesOf(message, begun, now) }));
      const { title } = unwrap(
        await services
          .conversation(open.id)
          .bring(principal, open.id, dated, at === stretches.length - 1 ? end : null),
      );
      open.title = title;
      open.messages += stretch.length;
    }
  }

  async #make(open: Incoming, first: readonly BroughtMessage[], now: number): Promise<string> {
    const { source_id: _, leaf: __, status = "paused", created_at, ...made } = open.facts;
    const dated = first.find((message) => message.created_at > 0);
    const begun = created_at ?? dated?.created_at ?? now;
    const id = newConversationId(now);
    // Noted before it is made: should making it fail half-way, it is still taken back.
    open.id = id;
    unwrap(
      await madeHere(this.#c, id, {
        ...made,
        status,
        created_at: Math.min(begun, now),
        intake: true,
      }),
    );
    return id;
  }

  /** What the file said of it when it was made already. */
  async #tellLate(open: Incoming, id: string): Promise<void> {
    const { source_id: _, leaf: __, created_at: ___, ...patch } = open.late;
    if (Object.keys(patch).length === 0) return;
    const { principal, services } = this.#c.var;
    const { models } = services.turn;
    const known = models.choose(patch).ok ? {} : { provider: undefined, model: undefined };
    const told = await services.conversation(id).patch(principal, id, { ...patch, ...known });
    if (!told.ok) this.#report.note(nameOf(open), null, told.failure.message);
  }

  async #fail(open: Incoming, thrown: unknown): Promise<void> {
    this.#open = null;
    (await this.#failed(open, thrown))();
  }

  /** Takes it back. @returns what tells of it */
  async #failed(open: Incoming, thrown: unknown): Promise<() => void> {
    const { log } = this.#c.var.services;
    open.failed = true;
    if (!(thrown instanceof AppError)) log.error("import.failed", thrownFields(thrown));
    await this.#undo(open);
    return () => this.#report.skipped(nameOf(open), null, failureOf(thrown).message);
  }

  async #undo(open: Incoming): Promise<void> {
    if (open.id !== null) await abandoned(this.#c, open.id);
  }
}

/** Why a file could not be read to its end. */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof BrokenJson || thrown instanceof NotOurs) return `body: ${thrown.message}`;
  return thrown instanceof Error && thrown.name === "TooLarge"
    ? thrown.message
    : "body: did not arrive to its end";
}

function nameOf({ facts, index }: Pick<Incoming, "facts" | "index">): string {
  return facts.source_id ?? `#${index}`;
}

function* stretchesOf(messages: readonly BroughtMessage[]): Generator<BroughtMessage[]> {
  let stretch: BroughtMessage[] = [];
  let units = 0;
  for (const message of messages) {
    const own = weightOf(message);
    if (stretch.length >= MOST_MESSAGES || (stretch.length > 0 && units + own > MOST_UNITS)) {
      yield stretch;
      stretch = [];
      units = 0;
    }
    stretch.push(message);
    units += own;
  }
  if (stretch.length > 0) yield stretch;
}

/** Nothing was said in the future; what nobody dated was said when the conversation began. */
function timesOf({ created_at, finished_at }: BroughtMessage, begun: number, now: number) {
  const said = Math.min(created_at > 0 ? created_at : begun, now);
  return { created_at: said, finished_at: Math.min(Math.max(finished_at, said), now) };
}
