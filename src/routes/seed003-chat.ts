// What `/api/chat` answers to messages (seed 003's quick start), and `/api/chat/completions` (its §3.2).
// Without a conversation the first stores nothing; the second begins one.
import type { z } from "zod";
import { AppError, unwrap } from "../errors.ts";
import type { StreamFormat } from "../protocol/encoders.ts";
import type { Message } from "../protocol/message.ts";
import { type completionsSchema, completion, quickAnswer } from "../protocol/seed003-chat.ts";
import { ignoredIn, wholeAnswer } from "../protocol/seed-chat.ts";
import { beginningWith } from "./beginning.ts";
import type { AppContext } from "./context.ts";
import {
  answerStateless,
  commandOf,
  destination,
  idempotencyKey,
  statelessInput,
  streamStateless,
  streamTurn,
} from "./sending.ts";

const TEXT = { name: "seed003-text" } as const;

type Brought = z.infer<typeof completionsSchema>;

export async function answerQuick(c: AppContext, body: Brought): Promise<Response> {
  if (body.conversation_id !== undefined) return intoOne(c, body, TEXT, quickAnswer);
  const input = await statelessInput(c, body, ignoredIn);
  if (body.stream) return streamStateless(c, input, TEXT);
  const { signal } = c.req.raw;
  const closing = await answerStateless(c, c.var.charge.take(), input, () => undefined, signal);
  return c.json(quickAnswer(unwrap(wholeAnswer(closing))));
}

export function answerCompletion(c: AppContext, body: Brought): Promise<Response> {
  return intoOne(c, body, "seed003-typed", completion);
}

/**
 * Into a conversation. One that is named has its own history: of the messages only the last, the
 * user's, is new. A new one begins with all of them. The system's hold for this answer either way,
 * since its clients send them every time.
 */
async function intoOne(
  c: AppContext,
  body: Brought,
  format: StreamFormat,
  view: (message: Message) => object,
): Promise<Response> {
  const { messages, stream, conversation_id, system_prompt, ...settings } = body;
  const question = messages.at(-1);
  if (question?.role !== "user")
    throw new AppError("VALIDATION_ERROR", "messages: should end with the user's message", {
      field: "messages",
    });
  const systems = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  const system = [system_prompt, ...systems].filter((text) => text !== undefined).join("\n\n");
  const send = {
    ...settings,
    message: question.content,
    on_busy: "queue" as const, // its clients know of no turn that runs
    ...(system === "" ? {} : { system_prompt: system }),
  };
  const { id, create } = await destination(c, { conversation_id });
  const { services, principal } = c.var;
  const conversation = services.conversation(id);
  const earlier = messages
    .slice(0, -1)
    .flatMap(({ role, content }) => (role === "system" ? [] : [{ role, content }]))
    .map(({ role, content }, at) => ({ seq: at + 1, role, parts: [textPart(content)] }));
  const say = async () => {
    const command = await commandOf(c, id, send, ignoredIn(await c.req.json<object>()));
    const makes = create && earlier.length === 0;
    if (stream) return streamTurn(c, id, command, makes, format);
    return unwrap(await conversation.ask(principal, id, command, makes));
  };
  // The same Idempotency-Key may have begun it already.
  const begun = async () =>
    idempotencyKey(c) !== undefined && (await conversation.get(principal, id)).ok;
  const begins = create && earlier.length > 0 && !(await begun());
  const answered = begins ? await beginningWith(c, id, earlier, say) : await say();
  if (answered instanceof Response) return answered;
  c.header("X-Conversation-Id", id);
  return c.json(view(unwrap(wholeAnswer(answered))));
}

const textPart = (text: string) => ({ type: "text" as const, text });
