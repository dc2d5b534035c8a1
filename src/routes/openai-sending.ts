// What OpenAI's two ways of asking for an answer share: who is asked, what it may cost, and the two ways it can
// go: without a conversation, as /chat/direct does; or into one, as its own send does.
import { type Asked, saidIn } from "../account/admission.ts";
import { sendCommand } from "../conversation/command.ts";
import { AppError, type ErrorCode, type Failure, unwrap } from "../errors.ts";
import type { Models } from "../llm/models.ts";
import type { ReaderFormat } from "../protocol/encoders.ts";
import { type ClosingEvent, isClosing, type TurnEvent } from "../protocol/events.ts";
import type { OpenaiAsked } from "../protocol/openai/body.ts";
import { shortfallOf } from "../protocol/openai/chat-answer.ts";
import type { StatelessBody } from "../protocol/send.ts";
import type { AppContext } from "./context.ts";
import { knownConversation } from "./declare.ts";
import { longestIn } from "./principal.ts";
import {
  answerStateless,
  eventStream,
  idempotencyKey,
  statelessFrom,
  streamStateless,
} from "./sending.ts";

/** How a turn of either form can fail. */
export const OPENAI_FAILURES = [
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONVERSATION_NOT_FOUND",
  "CONVERSATION_BUSY",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_CONFLICT",
  "CONTEXT_TOO_LONG",
  "LLM_PROVIDER_ERROR",
  "SERVICE_UNAVAILABLE",
  "LLM_TIMEOUT",
] as const satisfies ErrorCode[];

/** Names what of a request counts for nothing. */
export const IGNORED_HEADER = "X-Edgewise-Ignored";

/** @param names of anybody's making: a header has visible ASCII */
export function tellIgnored(c: AppContext, names: readonly string[]): void {
  if (names.length > 0) c.header(IGNORED_HEADER, names.join(", ").replaceAll(/[^\x20-\x7e]/g, "?"));
}

/** What OpenAI's own client sends beside its question, from a page, too. */
export const CLIENT_HEADERS = [
  "User-Agent",
  "OpenAI-Organization",
  "OpenAI-Project",
  "X-Stainless-Lang",
  "X-Stainless-Package-Version",
  "X-Stainless-OS",
  "X-Stainless-Arch",
  "X-Stainless-Runtime",
  "X-Stainless-Runtime-Version",
  "X-Stainless-Retry-Count",
  "X-Stainless-Timeout",
  "X-Stainless-Helper-Method",
];

/** Milliseconds that an answer's status waits for its first word: a failure until then has its own. */
const BEFORE_STATUS = 10_000;

/** How an answer is told: whole, and as it is written. */
type Face = { whole: (closing: ClosingEvent) => object; format: ReaderFormat };

/** A model as OpenAI's clients name it, in Edgewise's two words: `provider/model`, or a model alone. */
function namedIn(name: string, { vendors }: Models): { provider?: string; model: string } {
  const slash = name.indexOf("/");
  const provider = name.slice(0, Math.max(0, slash));
  return vendors.some((vendor) => vendor.provider.id === provider)
    ? { provider, model: name.slice(slash + 1) }
    : { model: name };
}

/**
 * @returns who is asked, and `as` which of `/v1/models`
 * @throws {AppError} NOT_FOUND for a model that nobody here has
 */
function chosenBy(name: string, models: Models) {
  const named = namedIn(name, models);
  const { provider, model, routed } = unwrap(models.choose(named));
  if (provider.id === "embedded" && model !== provider.defaultModel) throw modelNotFound(name);
  return { named, as: routed === null ? `${provider.id}/${model}` : name };
}

export function modelNotFound(name: string): AppError {
  return new AppError(
    "NOT_FOUND",
    `The model '${name}' does not exist here. GET /v1/models lists those that do.`,
    { field: "model", reason: "model_not_found" },
  );
}

/** What an answer may cost, by what a body says before it is validated. */
export function openaiAsked(c: AppContext, body: Record<string, unknown>): Asked {
  const { model, edgewise, instructions, input, tools } = body;
  const history = typeof fieldOf(edgewise, "conversation_id") === "string";
  const listed = body["messages"] ?? input;
  const items: unknown[] = Array.isArray(listed) ? listed : [];
  const { models } = c.var.services.turn;
  return {
    ...saidIn({
      message: input,
      system_prompt: instructions,
      // A conversation has its own history: of the messages only the last is new.
      messages: (history ? items.slice(-1) : items).map(sized),
      tools,
      response_format:
        fieldOf(body["response_format"], "json_schema") ?? fieldOf(body["text"], "format"),
    }),
    history,
    max_tokens: longestIn(
      body["max_completion_tokens"] ?? body["max_tokens"] ?? body["max_output_tokens"],
    ),
    provider: undefined,
    model: undefined,
    ...(typeof model === "string" ? namedIn(model, models) : {}),
  };
}

/** What tools are called with and return are fields of their own in an input. */
function sized(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const said = fieldOf(item, "content") ?? fieldOf(item, "output") ?? fieldOf(item, "arguments");
  return { ...item, content: said };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * @param untaken names of fields that count for nothing
 * @param facing how the answer of a model of this name is told
 */
export function answerOpenai(
  c: AppContext,
  { body: said, stream, edgewise }: OpenaiAsked,
  untaken: string[],
  facing: (model: string) => Face,
): Promise<Response> {
  const { conversation_id } = edgewise;
  const nameless = typeof conversation_id === "string" && said.messages.some(isNamed);
  const ignored = nameless ? [...untaken, "messages[].name"] : untaken;
  tellIgnored(c, ignored);
  const { named, as } = chosenBy(said.model, c.var.services.turn.models);
  const body = { ...said, ...named };
  const face = facing(as);
  if (typeof conversation_id === "string")
    return intoConversation(c, knownConversation(conversation_id), body, stream, ignored, face);
  const input = statelessFrom(body, ignored, undefined, c.var.principal);
  if (stream) return streaming(c, input, face);
  const { signal } = c.req.raw;
  return answerStateless(c, c.var.charge.take(), input, () => undefined, signal).then((closing) =>
    c.json(whole(closing, face)),
  );
}

/** Messages of a conversation are its owner's. */
const isNamed = (message: StatelessBody["messages"][number]) =>
  message.role === "user" && typeof message.name === "string";

/**
 * @param more details of a failure
 * @throws {AppError} for what is no whole answer: OpenAI has no word for half of one
 */
function whole(closing: ClosingEvent, face: Face, more: Failure["details"] = {}): object {
  const failure = shortfallOf(closing);
  if (failure === null) return face.whole(closing);
  throw new AppError(failure.code, failure.message, { ...failure.details, ...more });
}

/** Of a failure after the message was taken: sent again, it would be said again. */
const SAID = { retryable: false };

/** A failure before the first word is an answer of its own, as OpenAI's are; later it is in the stream. */
async function streaming(
  c: AppContext,
  input: ReturnType<typeof statelessFrom>,
  { format }: Face,
): Promise<Response> {
  const first = Promise.withResolvers<TurnEvent | null>();
  const late = setTimeout(() => first.resolve(null), BEFORE_STATUS);
  const response = streamStateless(c, input, format, (event) => {
    if (!SILENT.has(event.type)) first.resolve(event);
  });
  // Whoever leaves now has no stream that they could close: it is closed for them.
  const { signal } = c.req.raw;
  const leave = () => void response.body?.cancel();
  signal.addEventListener("abort", leave);
  const begun = await first.promise;
  signal.removeEventListener("abort", leave);
  clearTimeout(late);
  const failure = begun !== null && isClosing(begun) ? shortfallOf(begun) : null;
  if (failure === null) return response;
  await response.body?.cancel();
  throw new AppError(failure.code, failure.message, failure.details);
}

/** Before a model has answered anything. */
const SILENT: ReadonlySet<TurnEvent["type"]> = new Set([
  "turn.queued",
  "turn.started",
  "notice",
  "sources.found",
  "text.rewound",
]);

async function intoConversation(
  c: AppContext,
  id: string,
  { messages, model, provider, ...settings }: StatelessBody,
  stream: boolean,
  ignored: string[],
  face: Face,
): Promise<Response> {
  const { services, principal, facts } = c.var;
  const system = systemIn(messages);
  const command = unwrap(
    await sendCommand(
      {
        ...settings,
        ...(provider === undefined ? {} : { provider }),
        model,
        ...newIn(messages),
        ...system,
      },
      { conversation: id, ignored, key: idempotencyKey(c), charge: null, prompt: undefined, facts },
    ),
  );
  const conversation = services.conversation(id);
  const paid = { ...command, charge: c.var.charge.take() };
  if (!stream) {
    const closing = unwrap(await conversation.ask(principal, id, paid, false));
    return c.json(whole(closing, face, SAID), 200, {
      "X-Conversation-Id": id,
      "X-Turn-Id": closing.turn_id,
    });
  }
  const sent = unwrap(await conversation.send(principal, id, paid, false, face.format));
  if (sent.stream === null)
    throw new AppError("INTERNAL_ERROR", "a stream was asked for and did not come");
  return eventStream(c, sent.stream, { "X-Conversation-Id": id, "X-Turn-Id": sent.turn_id });
}

/**
 * Of the messages, what the conversation does not have: the user's last, or what tools returned to its
 * last answer, with what the user says to that.
 */
function newIn(messages: StatelessBody["messages"]) {
  const said = messages.filter(({ role }) => role !== "system");
  const last = said.at(-1);
  if (last === undefined || last.role === "assistant")
    throw new AppError(
      "VALIDATION_ERROR",
      "messages: should end with the user's message, or with what tools returned",
      { field: "messages" },
    );
  const before = last.role === "user" ? said.slice(0, -1) : said;
  const results = before.slice(before.findLastIndex(({ role }) => role !== "tool") + 1);
  const given = results.flatMap((message) =>
    message.role === "tool"
      ? [
          {
            type: "tool_result" as const,
            tool_call_id: message.tool_call_id,
            content: message.content,
          },
        ]
      : [],
  );
  if (last.role !== "user") return { parts: given };
  const { content } = last;
  const asked = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  const parts = [
    ...given,
    ...asked.filter((part) => part.type !== "text" || part.text.trim() !== ""),
  ];
  if (parts.length === 0)
    throw new AppError("VALIDATION_ERROR", "messages: should not end with a blank message", {
      field: "messages",
    });
  return { parts };
}

function systemIn(messages: StatelessBody["messages"]): { system_prompt?: string } {
  const system = messages
    .flatMap((message) => (message.role === "system" ? [message.content] : []))
    .filter(Boolean)
    .join("\n\n");
  return system === "" ? {} : { system_prompt: system };
}
