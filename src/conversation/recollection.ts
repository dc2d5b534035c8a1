// What a turn is asked, and what it may know of its conversation: the object's rows in the form that
// the turn takes.
import { askerOf } from "../account/admission.ts";
import type { Owner } from "../auth/principal.ts";
import { fail, type Result } from "../errors.ts";
import { memoryInForce, type MemorySettings } from "../protocol/memory.ts";
import { contentOf, type Part } from "../protocol/message.ts";
import type { Sql } from "../store/sql.ts";
import { messageTokens } from "../llm/complete.ts";
import { begins } from "../memory/said.ts";
import { thrownFields } from "../telemetry/log.ts";
import { messagesFrom, type SaidParts } from "../turn/history.ts";
import type { Recollection, TurnInput } from "../turn/state.ts";
import { ownedId } from "../ids.ts";
import { readDigest } from "./digests.ts";
import type { LiveTurn } from "./live-turn.ts";
import { saidFrom, type StoredMessage } from "./messages.ts";
import type { Place } from "./path.ts";
import type { ConversationRecord } from "./record.ts";
import type { ConversationServices } from "./services.ts";
import type { ObjectState } from "./state.ts";
import type { TurnRow } from "./turns.ts";

/** Messages that stay word for word where there is room: the last three exchanges (seed 003 §7.2). */
export const LEAST_STAYING = 6;

/** Of a request and its conversation: what the request says comes first. */
export function turnInput(
  record: ConversationRecord,
  input: TurnRow["input"],
  { provider, model }: { provider: string | undefined; model: string | undefined },
  continues: string | undefined,
  parts: readonly Part[],
): TurnInput {
  const { prompt, tone, context } = record.settings;
  const { use_rag = record.settings.use_rag ?? false } = input;
  const own = input.prompt ?? (input.system === undefined ? prompt : undefined);
  const system = [own?.system, input.system].filter((text) => text !== undefined).join("\n\n");
  return {
    text: input.text,
    provider,
    model,
    system: system === "" ? (record.system_prompt ?? undefined) : system,
    examples: own?.examples ?? [],
    tone: input.tone ?? tone,
    context: input.context ?? context,
    knowledge: use_rag ? { collections: input.collections ?? record.settings.collections } : null,
    settings: input.settings,
    parts: parts.some(({ type }) => type !== "text") ? parts : [],
    tools: input.tools,
    tool_choice: input.tool_choice,
    parallel_tool_calls: input.parallel_tool_calls,
    response_format: input.response_format,
    tenant_id: record.tenant_id,
    user_id: record.user_id,
    asker: askerOf(input.charge ?? null),
    cache: input.cache,
    messages: null,
    ignored: input.ignored,
    notices: input.notices ?? [],
    continues,
    again: input.again ?? false,
  };
}

export function settingsOf(
  record: ConversationRecord,
  services: Pick<ConversationServices, "memory">,
): MemorySettings {
  return memoryInForce(record.settings.memory ?? {}, services.memory);
}

export function recollectionOf(state: ObjectState, live: LiveTurn): Recollection {
  const { sql, record, services } = state;
  const { row } = live;
  const settings = settingsOf(record, services);
  const above = { branch: row.branch, depth: row.answer_depth - 2 };
  const known = condenses(settings) && above.depth >= 0 ? readDigest(sql, above) : null;
  const covered = known !== null && hidesWhatItTells(settings, known.digest) ? known.depth : -1;
  return {
    settings,
    ratio: record.token_ratio,
    digest: known?.digest ?? null,
    recent: () => saidAfter(sql, above, covered, record.token_ratio),
    failed: record.fold_failed,
    facts: async (query) => {
      const there = row.input.facts ?? "unknown";
      return (await services.facts.recall(record, there, query)).map(({ text }) => text);
    },
    remember: (fact) =>
      remember(services, record, fact, {
        conversation_id: record.id,
        message_id: ownedId("msg", record.id, row.question_seq),
      }),
  };
}

/** Keeps a fact in its owner's account. Never rejects: a turn goes on without. */
async function remember(
  { account, facts, log }: Pick<ConversationServices, "account" | "facts" | "log">,
  { tenant_id, user_id }: Owner,
  fact: string,
  source: { conversation_id: string; message_id: string },
): Promise<Result<unknown>> {
  try {
    const kept = await account(user_id).remember(tenant_id, fact, source);
    facts.changed({ tenant_id, user_id });
    return kept;
  } catch (thrown) {
    log.warning("memory.unsaved", thrownFields(thrown));
    return fail(
      "SERVICE_UNAVAILABLE",
      "This could not be remembered just now. Say it again later.",
    );
  }
}

/** Whether anything is condensed at all. */
export function condenses({ strategy }: MemorySettings): boolean {
  return strategy.includes("summary") || strategy.includes("entity");
}

/** Where there is a summary the messages that it tells of are not told word for word. */
function hidesWhatItTells({ strategy }: MemorySettings, { summary }: { summary: string }): boolean {
  return strategy.includes("summary") && summary !== "";
}

/** Whether a message of the user is nothing but what tools returned. */
export function goesOn({ role, parts }: Pick<StoredMessage, "role" | "parts">): boolean {
  return role === "user" && parts.length > 0 && parts.every(({ type }) => type === "tool_result");
}

/** What weighs more than its text says so. */
function saidBy(message: Pick<StoredMessage, "role" | "parts">, ratio: number): SaidParts {
  const { role, parts } = message;
  const said = { role, content: contentOf(parts) };
  if (parts.every(({ type }) => type === "text" || type === "reasoning")) return said;
  const tokens = messagesFrom({ ...said, parts }).reduce(
    (sum, each) => sum + messageTokens(each),
    0,
  );
  return { ...said, parts, goesOn: goesOn(message), tokens: Math.ceil(tokens * ratio) };
}

/** What was said below the depth `covered` on the way up from a place, newest first. */
function* saidAfter(
  sql: Sql,
  from: Pick<Place, "branch" | "depth">,
  covered: number,
  ratio: number,
): Generator<SaidParts> {
  let count = 0;
  let whole = true;
  for (const message of saidFrom(sql, from)) {
    // The last exchanges are told word for word, whatever was condensed of them; none is cut in two.
    if (message.depth <= covered && count >= LEAST_STAYING && whole) return;
    count += 1;
    if (message.status === "deleted") continue;
    const said = saidBy(message, ratio);
    whole = begins(said);
    yield said;
  }
}
