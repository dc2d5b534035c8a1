// The chat of seed 004: one message, into a conversation; its bounds, its answer, and its stream of
// `{"token"}` and `{"done": true}`.
import { z } from "zod";
import type { TurnEvent } from "./events.ts";
import type { Message } from "./message.ts";
import { bareFrame, conversationNameSchema, failureIn, withoutNulls } from "./seed-chat.ts";
import { messageTextOf, modelName, type SendBody, sendSchema, unknownFields } from "./send.ts";
import type { Encoder } from "./sse.ts";
import { seed004Code } from "./surfaces.ts";

/** Tokens of an answer, where a request does not say. */
const MAX_TOKENS = 1000;

const unit = z
  .number("should be a number from 0.0 to 1.0")
  .min(0, "should be at least 0.0")
  .max(1, "should be at most 1.0");

const parametersSchema = z.object({
  temperature: unit.optional(),
  max_tokens: z
    .int("should be a whole number from 1 to 4,096")
    .min(1, "should be at least 1")
    .max(4096, "should be at most 4,096")
    .default(MAX_TOKENS),
  top_p: unit.optional(),
  stop: z
    .array(z.string().min(1, "should not be empty"), "should be a list of texts")
    .max(4, "should be at most 4 texts")
    .optional(),
});

/** Beside what the seed says, what else of an answer can be said at /api/v1/chat. */
const bodySchema = sendSchema
  .pick({
    provider: true,
    system_prompt: true,
    prompt: true,
    tone: true,
    context: true,
    use_rag: true,
    collections: true,
    cache: true,
    metadata: true,
  })
  .extend({
    message: messageTextOf(10_000),
    model: z.union([z.literal("").transform(() => undefined), modelName]).optional(),
    conversation_id: conversationNameSchema,
    parameters: withoutNulls(parametersSchema).prefault({}),
  });
export const chatSchema = withoutNulls(bodySchema);
export type ChatBody = z.infer<typeof chatSchema>;

/** The same message as Edgewise has it. One that comes while another is answered waits. */
export function sendOf({ parameters, conversation_id: _id, ...body }: ChatBody): SendBody {
  const { stop = [], ...settings } = parameters;
  return { ...body, ...settings, ...(stop.length === 0 ? {} : { stop }), on_busy: "queue" };
}

/** The names of fields that nobody knows. */
export function ignoredIn(body: object): string[] {
  const parameters: unknown = Reflect.get(body, "parameters");
  const inside =
    typeof parameters === "object" && parameters !== null
      ? unknownFields(parameters, parametersSchema.shape)
      : [];
  return [...unknownFields(body, bodySchema.shape), ...inside.map((name) => `parameters.${name}`)];
}

/** By what a turn is reserved, of a body that is not validated yet. */
export function plainly(body: Record<string, unknown>): Record<string, unknown> {
  const { parameters } = body;
  const said: object =
    typeof parameters === "object" && parameters !== null ? parameters : { max_tokens: null };
  const max_tokens: unknown = Reflect.get(said, "max_tokens") ?? MAX_TOKENS;
  return { ...body, max_tokens };
}

export const answerSchema = z.object({
  conversation_id: z.string(),
  response: z.string(),
  timestamp: z.string(),
});

export function answerOf(message: Message): z.infer<typeof answerSchema> {
  const { conversation_id, content, timestamp } = message;
  return { conversation_id: conversation_id ?? "", response: content, timestamp };
}

/** `{token}` for each piece, then `{done: true}` with the answer; or `{error, code}`. */
export const encodeSeed004: Encoder = (event) => bareFrame(dataOf(event));

function dataOf(event: TurnEvent): object | null {
  switch (event.type) {
    case "text.delta":
      return { token: event.text };
    case "text.rewound":
      return { rewind: event.offset };
    case "turn.completed":
      return { done: true, ...answerOf(event.message) };
    case "turn.failed":
    case "turn.cancelled": {
      const failure = failureIn(event);
      return failure === null ? null : { error: failure.message, code: seed004Code(failure.code) };
    }
    case "turn.queued":
    case "turn.started":
    case "reasoning.delta":
    case "sources.found":
    case "tool.called":
    case "notice":
      return null;
  }
}
