// Requests of a batch: ten are answered at a time (seed 000, "Async Optimization"). The end of one begins
// the next; the queue says that there may be room, D1 what waits.
import { z } from "zod";
import type { ConversationCalls } from "../../durable-objects/conversation.ts";
import { type Admit, chargeOf, saidIn, turnWant } from "../account/admission.ts";
import type { AccountCalls } from "../account/calls.ts";
import type { Principal } from "../auth/principal.ts";
import { sendCommand } from "../conversation/command.ts";
import { giveBack } from "../conversation/settlement.ts";
import { AppError, type Failure, failureOf, type Result } from "../errors.ts";
import { newConversationId, parseOwnedId } from "../ids.ts";
import type { Models } from "../llm/models.ts";
import type { Prices } from "../llm/prices.ts";
import type { PromptReference } from "../protocol/prompt.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import { refusedEvent } from "../protocol/webhook.ts";
import type { Database, DatabaseOf } from "../store/database.ts";
import { batchStands, beganRequest, placeRequest, type RequestRow } from "../store/requests.ts";
import { conversationIn, readWaiting, trackIn } from "../conversation/waiting.ts";
import type { EndUnbegun } from "../store/projection.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";

const batchMessage = z.object({ tenant_id: z.string(), batch_id: z.string() });
export type BatchMessage = z.infer<typeof batchMessage>;

export type BatchServices = {
  databaseOf: DatabaseOf;
  conversation: (id: string) => Pick<ConversationCalls, "send" | "cancel">;
  account: (user_id: string) => Pick<AccountCalls, "settle" | "release" | "renew" | "remember">;
  admit: Admit;
  models: Pick<Models, "choose" | "phase">;
  prices: Prices;
  endUnbegun: EndUnbegun;
  resolvePrompt: (principal: Principal, reference: PromptReference) => Promise<ResolvedPrompt>;
  now: () => number;
  log: Log;
};

/** Requests of a batch that are answered at a time. */
const AT_ONCE = 10;
/** Seconds until it is tried again. */
const CROWDED = 10;
const LONGEST_RETRY = 600;
/** Milliseconds for which one is tried that cannot be begun. */
const LONGEST_TRIED = 15 * 60_000;

export async function startBatches(batch: MessageBatch, services: BatchServices): Promise<void> {
  for (const message of batch.messages) {
    const read = batchMessage.safeParse(message.body);
    if (!read.success) {
      services.log.error("batch.unreadable", { message: message.id });
      message.ack();
      continue;
    }
    try {
      const after = await startWaiting(read.data, services);
      if (after === null) message.ack();
      else message.retry({ delaySeconds: after });
    } catch (thrown) {
      services.log.warning("batch.delayed", { ...read.data, ...thrownFields(thrown) });
      message.retry({ delaySeconds: Math.min(LONGEST_RETRY, 5 * 2 ** (message.attempts - 1)) });
    }
  }
}

/** @returns seconds after which there may be room that no end of a turn tells of; null: nothing to come back for */
async function startWaiting(
  { tenant_id, batch_id }: BatchMessage,
  services: BatchServices,
): Promise<number | null> {
  const db = services.databaseOf(tenant_id);
  const { running, waiting } = await batchStands(db, batch_id, AT_ONCE);
  const next = waiting.slice(0, Math.max(0, AT_ONCE - running));
  const waits = await Promise.all(
    [...Map.groupBy(next, placeOf).values()].map((rows) => startInTurn(db, rows, services)),
  );
  const again = waits.flat().filter((wait) => wait !== null);
  if (again.length > 0) return Math.max(...again);
  // Some that never began made room for others.
  const after = await batchStands(db, batch_id, 1);
  return after.waiting.length > 0 && after.running < AT_ONCE ? 1 : null;
}

/** What goes into one conversation is said there in its order. */
const placeOf = (row: RequestRow) => conversationIn(row) ?? row.track_id;

async function startInTurn(
  db: Database,
  rows: readonly RequestRow[],
  services: BatchServices,
): Promise<(number | null)[]> {
  const waits: (number | null)[] = [];
  for (const row of rows) {
    const wait = await startOrEnd(db, row, services);
    waits.push(wait);
    if (wait !== null) break;
  }
  return waits;
}

/** Begins one, or ends one that cannot be begun. @returns seconds after which to try again; null: no need */
async function startOrEnd(
  db: Database,
  row: RequestRow,
  services: BatchServices,
): Promise<number | null> {
  const { log, now, endUnbegun } = services;
  const failure = await start(db, row, services).catch((thrown: unknown) => {
    // One that cannot be begun just now keeps none of the others.
    log.warning("request.delayed", { track_id: row.track_id, ...thrownFields(thrown) });
    return now() - row.updated_at > LONGEST_TRIED ? failureOf(thrown) : "later";
  });
  if (failure === null) return null;
  if (failure === "later" || failure.code === "CONVERSATION_BUSY") return CROWDED;
  const wait = waitFor(failure);
  if (wait !== null) return wait;
  await endUnbegun(row, ...refusal(row, failure, now()));
  return null;
}

/** Seconds until a limit may leave room; null where no waiting helps. */
function waitFor({ code, details }: Failure): number | null {
  if (code !== "RATE_LIMIT_EXCEEDED") return null;
  const { retry_after, estimated_tokens, limit } = details;
  if (typeof estimated_tokens === "number" && estimated_tokens > Number(limit)) return null;
  return typeof retry_after === "number"
    ? Math.min(LONGEST_RETRY, Math.max(1, retry_after))
    : CROWDED;
}

/** Begins one. @returns why not */
async function start(
  db: Database,
  row: RequestRow,
  services: BatchServices,
): Promise<Failure | null> {
  const { admit, conversation, models, prices, now } = services;
  if (row.waiting === null || row.batch_id === null) return null;
  const { credential, body, callback_url, ignored, ...asked } = readWaiting(row.waiting);
  const named = asked.conversation_id;
  const id = await placeRequest(db, row.track_id, named ?? newConversationId(now()));
  if (id === null) return null; // it was cancelled
  const want = turnWant(
    {
      ...saidIn(body),
      history: named !== null,
      max_tokens: body.max_tokens ?? null,
      provider: body.provider,
      model: body.model,
    },
    { turn: { models }, prices, now },
  );
  const admission = await admit(credential, want);
  if (!admission.ok) return admission.failure;
  const { principal, facts } = admission;
  const charge = chargeOf(principal, admission, want);
  const prompt = await promptOf(principal, body.prompt, services);
  const command = prompt.ok
    ? await sendCommand(body, {
        conversation: id,
        ignored,
        key: row.track_id, // should it be sent twice, it is one message
        charge,
        prompt: prompt.value,
        facts,
      })
    : prompt;
  if (!command.ok) {
    await giveBack(services, charge);
    return command.failure;
  }
  const track = { track_id: row.track_id, callback_url, batch_id: row.batch_id };
  const sent = await conversation(id).send(
    principal,
    id,
    { ...command.value, track, on_busy: "queue" },
    named === null,
    null,
  );
  if (!sent.ok) return sent.failure;
  const { turn_id } = sent.value;
  if (await beganRequest(db, row.track_id, turn_id)) return null;
  const n = parseOwnedId("turn", turn_id)?.n;
  if (n !== undefined) await conversation(id).cancel(principal, id, n);
  return null;
}

/** How one ends that cannot be begun, and what whoever waits is told. */
function refusal(row: RequestRow, failure: Failure, at: number) {
  const end = { status: "failed" as const, error: failure.message, at };
  return [end, refusedEvent(trackIn(row), failure, at)] as const;
}

async function promptOf(
  principal: Principal,
  reference: PromptReference | undefined,
  { resolvePrompt }: BatchServices,
): Promise<Result<ResolvedPrompt | undefined>> {
  try {
    const value = reference === undefined ? undefined : await resolvePrompt(principal, reference);
    return { ok: true, value };
  } catch (thrown) {
    if (thrown instanceof AppError) return { ok: false, failure: failureOf(thrown) };
    throw thrown;
  }
}
