// What every way of sending a message shares: reading the body, the key, and how to answer.
import {
  sendCommand,
  type SendCommand,
  type SendPlace,
  settingsOf,
} from "../conversation/command.ts";
import { StreamViewer } from "../conversation/viewers.ts";
import { bookings } from "../llm/bookings.ts";
import type { ModelCall } from "../llm/calls.ts";
import { askerOf } from "../account/admission.ts";
import type { Owner } from "../auth/principal.ts";
import type { ModelMessage } from "../llm/provider.ts";
import type { Charge } from "../protocol/charge.ts";
import { AppError, unwrap } from "../errors.ts";
import { derivedConversationId, newConversationId } from "../ids.ts";
import type { ClosingEvent, TurnEvent } from "../protocol/events.ts";
import type { Message } from "../protocol/message.ts";
import {
  featureOf,
  type SendBody,
  sendSchema,
  type StatelessBody,
  statelessSchema,
  unknownFields,
} from "../protocol/send.ts";
import type { PromptReference } from "../protocol/prompt.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import { toolConflict } from "../protocol/tool.ts";
import { messagesFault } from "../protocol/tool-results.ts";
import { encoderFor, type StreamFormat } from "../protocol/encoders.ts";
import { SSE_HEADERS } from "../protocol/sse.ts";
import { thrownFields } from "../telemetry/log.ts";
import { lastQuestion } from "../turn/about.ts";
import { Cancelled } from "../turn/run.ts";
import { RENEWAL } from "../usage/ledger.ts";
import { resolvePrompt } from "../turn/prompt/resolve.ts";
import { asked } from "../turn/history.ts";
import { runStateless } from "../turn/stateless.ts";
import type { AppContext } from "./context.ts";
import { knownConversation } from "./declare.ts";
import { jsonBody } from "./principal.ts";

/** Fields that say how to answer, or where the message goes: not part of the message. */
const ENVELOPE = ["stream", "conversation_id", "callback_url"] as const;

/**
 * The parsed command of a send, unknown fields and Idempotency-Key included.
 * @param place which message it edits, or answers again; else what the body says
 */
export async function commandFrom(
  c: AppContext,
  conversation: string,
  body: SendBody,
  place?: SendPlace,
): Promise<SendCommand> {
  // Only where it is taken is an address to be told at part of a send.
  const envelope = ENVELOPE.filter((field) => field !== "callback_url" || field in body);
  const ignored = unknownFields(await jsonBody(c), sendSchema.shape, envelope);
  return commandOf(c, conversation, body, ignored, place);
}

/** The same of a body that came in other words. @param ignored the names of fields that nobody knows */
export async function commandOf(
  c: AppContext,
  conversation: string,
  body: SendBody,
  ignored: string[],
  place?: SendPlace,
): Promise<SendCommand> {
  const command = unwrap(
    await sendCommand(body, {
      conversation,
      ignored,
      key: idempotencyKey(c),
      charge: null,
      prompt: await promptOf(c, body),
      facts: c.var.facts,
      place,
    }),
  );
  return { ...command, charge: c.var.charge.take() };
}

/** The prompt that a request names, filled in. */
export async function promptOf(
  c: AppContext,
  { prompt }: { prompt?: PromptReference | undefined },
): Promise<ResolvedPrompt | undefined> {
  if (prompt === undefined) return undefined;
  const { services, principal } = c.var;
  return resolvePrompt(services.database(principal.tenant_id), principal, prompt);
}

/** @throws VALIDATION_ERROR */
export function idempotencyKey(c: AppContext): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new AppError(
    "VALIDATION_ERROR",
    "Idempotency-Key: should be 1 to 255 visible ASCII characters",
    {
      field: "Idempotency-Key",
    },
  );
}

/** Whether the caller wants the answer as it is written. */
export function wantsStream(c: AppContext, body: { stream?: boolean | undefined }): boolean {
  return body.stream ?? c.req.header("Accept")?.includes("text/event-stream") ?? false;
}

/**
 * The conversation that a message goes to. Where none is named a new one is made; with an
 * Idempotency-Key its id follows from principal and key, so that the same send twice at once meets
 * in one object.
 */
export async function destination(
  c: AppContext,
  body: { conversation_id?: string | null | undefined },
): Promise<{ id: string; create: boolean }> {
  if (body.conversation_id !== undefined && body.conversation_id !== null)
    return { id: knownConversation(body.conversation_id), create: false };
  const { services, principal } = c.var;
  const key = idempotencyKey(c);
  if (key === undefined) return { id: newConversationId(services.now()), create: true };
  return {
    id: derivedConversationId(await services.visitors.derive(principal, key)),
    create: true,
  };
}

/** Sends, and tells the turn as it goes. A reader who leaves does not end it. */
export async function streamTurn(
  c: AppContext,
  id: string,
  command: SendCommand,
  create: boolean,
  format: StreamFormat = "sse",
  headers: Record<string, string> = {},
): Promise<Response> {
  const { services, principal } = c.var;
  const sent = unwrap(await services.conversation(id).send(principal, id, command, create, format));
  if (sent.stream === null)
    throw new AppError("INTERNAL_ERROR", "a stream was asked for and did not come");
  const where = { "X-Conversation-Id": id, "X-Turn-Id": sent.turn_id };
  return eventStream(c, sent.stream, { ...where, ...headers });
}

export function eventStream(
  c: AppContext,
  stream: ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Response {
  return c.body(stream, 200, { ...SSE_HEADERS, ...headers });
}

/**
 * The finished message. A turn that failed is an error outside, with what arrived in its details; a
 * cancelled one is its partial message.
 */
export function finished(closing: ClosingEvent): Message {
  if (closing.type !== "turn.failed") return closing.message;
  const { code, message, details } = closing.error;
  throw new AppError(code, message, {
    ...details,
    turn_id: closing.turn_id,
    partial: closing.message,
  });
}

const ignoredHere = (raw: object) => unknownFields(raw, statelessSchema.shape, ENVELOPE);

/**
 * The input of a call that brings its own messages.
 * @param ignoredIn the names of fields of its body that nobody knows
 */
export async function statelessInput(c: AppContext, body: StatelessBody, ignoredIn = ignoredHere) {
  const ignored = ignoredIn(await c.req.json<object>());
  return statelessFrom(body, ignored, await promptOf(c, body), c.var.principal);
}

export function statelessFrom(
  body: StatelessBody,
  ignored: string[],
  prompt: ResolvedPrompt | undefined,
  { tenant_id, user_id }: Owner,
) {
  const conflict = toolConflict(body);
  if (conflict !== null) unwrap({ ok: false, failure: conflict });
  const said = body.messages;
  const misfit = messagesFault(said);
  if (misfit !== null) unwrap({ ok: false, failure: misfit });
  const systems = said
    .filter((message) => message.role === "system")
    .map((message) => message.content);
  if (said.every(({ role }) => role !== "user" && role !== "tool"))
    throw new AppError("VALIDATION_ERROR", "messages: should have a message of the user", {
      field: "messages",
    });
  if (said.findLast((message) => message.role !== "system")?.role === "assistant")
    throw new AppError(
      "VALIDATION_ERROR",
      "messages: should end with what is to be answered: the user's message, or what tools returned",
      { field: "messages" },
    );
  const { settings, ...rest } = settingsOf(body);
  const system =
    [prompt?.system, rest.system, ...systems].filter(Boolean).join("\n\n") || undefined;
  const messages = said.flatMap((message) => modelMessages(message));
  const { tone, context } = body;
  const feature = featureOf(body.metadata);
  const examples = prompt?.examples ?? [];
  return {
    ...rest,
    settings,
    feature,
    system,
    examples,
    tone,
    context,
    knowledge: body.use_rag === true ? { collections: body.collections } : null,
    messages,
    parts: [],
    tenant_id,
    user_id,
    ignored,
  };
}

function modelMessages(message: StatelessBody["messages"][number]): ModelMessage[] {
  switch (message.role) {
    case "system":
      return [];
    case "user": {
      const { name, content } = message;
      const said =
        typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
      return asked(said, name ?? undefined);
    }
    case "assistant":
      return [
        { role: "assistant", content: message.content ?? "", tool_calls: message.tool_calls },
      ];
    case "tool":
      return [message];
  }
}

type StatelessInput = ReturnType<typeof statelessFrom>;

/**
 * Runs a turn in the Worker itself; it ends when `signal` says that its caller has left. What it used
 * is written down however it ended: should the Worker die first, what was reserved stays charged.
 */
export async function answerStateless(
  c: AppContext,
  charge: Charge,
  input: StatelessInput,
  tell: (event: TurnEvent) => void,
  signal: AbortSignal,
): Promise<ClosingEvent> {
  const { turn, sampled, log } = c.var.services;
  const span = (node: string, milliseconds: number, failed: boolean) =>
    log.debug("turn.node", { request_id: c.var.request_id, node, milliseconds, failed });
  const renewal = setInterval(() => renew(c, charge), RENEWAL);
  const { closing, calls, sources, thrown } = await runStateless(
    { ...input, asker: askerOf(charge) },
    { ...turn, span },
    tell,
    signal,
  );
  clearInterval(renewal);
  c.executionCtx.waitUntil(book(c, charge, input.feature, calls, closing));
  const { turn_id, message } = closing;
  if (closing.type === "turn.completed" && sources.length > 0)
    sampled({
      tenant_id: input.tenant_id,
      user_id: input.user_id,
      turn_id,
      query: lastQuestion({ text: "", messages: input.messages }),
      answer: message.content,
      sources,
      metadata: message.metadata,
      latency_ms: message.latency_ms ?? 0,
    });
  log.info("turn.ended", {
    turn_id,
    request_id: c.var.request_id,
    status: closing.type,
    provider: message.provider,
    model: message.model,
    milliseconds: message.latency_ms,
    ...(thrown === undefined ? {} : { thrown: thrownFields(thrown) }),
  });
  return closing;
}

/**
 * The events of a stateless turn as SSE. A reader who leaves ends it.
 * @param heard told of each event when it has been written
 */
export function streamStateless(
  c: AppContext,
  input: StatelessInput,
  format: StreamFormat = "sse",
  heard: (event: TurnEvent) => void = () => undefined,
): Response {
  const { turn, now } = c.var.services;
  unwrap(turn.models.choose(input)); // before the answer has a status
  const left = new AbortController();
  const viewer = new StreamViewer(encoderFor(format), now(), () => left.abort(new Cancelled()));
  const pulse = setInterval(() => viewer.heartbeat(now()), 1000);
  const tell = (event: TurnEvent) => {
    viewer.send(event);
    heard(event);
  };
  const answered = answerStateless(c, c.var.charge.take(), input, tell, left.signal).finally(() => {
    clearInterval(pulse);
    viewer.end();
  });
  c.executionCtx.waitUntil(answered);
  return eventStream(c, viewer.readable);
}

function renew(c: AppContext, { account, reservation }: Charge): void {
  if (reservation === null) return;
  const { services } = c.var;
  services
    .account(account)
    .renew(reservation)
    .catch((thrown: unknown) => services.log.warning("charge.lapsing", thrownFields(thrown)));
}

const ENDED = {
  "turn.completed": "completed",
  "turn.failed": "failed",
  "turn.cancelled": "cancelled",
} as const;

/** Settles a stateless turn and writes down what it used. */
async function book(
  c: AppContext,
  charge: Charge,
  feature: string | undefined,
  calls: readonly ModelCall[],
  closing: ClosingEvent,
): Promise<void> {
  const { account, log, now, prices, recordUsage } = c.var.services;
  const { turn_id } = closing;
  const { tenant_id } = c.var.principal;
  const { events, spent } = bookings(
    calls,
    {
      turn_id,
      mark: turn_id,
      tenant_id,
      conversation_id: null,
      charge,
      feature: feature ?? "direct",
      end: {
        status: ENDED[closing.type],
        error: closing.type === "turn.failed" ? closing.error.code : null,
      },
      now: now(),
    },
    prices,
  );
  const { reservation } = charge;
  const told = await Promise.allSettled([
    reservation === null
      ? Promise.resolve()
      : account(charge.account).settle(reservation, 1, spent),
    recordUsage(tenant_id, events),
  ]);
  for (const result of told)
    if (result.status === "rejected") log.warning("charge.unbooked", thrownFields(result.reason));
}
