// /api/v1/chat/sessions: conversations as seed 001's clients ask for them.
import { Hono } from "hono";
import { z } from "zod";
import { sendCommand } from "../conversation/command.ts";
import { AppError, type ErrorCode, unwrap } from "../errors.ts";
import { newConversationId } from "../ids.ts";
import type { Message } from "../protocol/message.ts";
import {
  exchangeSchema,
  listedSession,
  newSessionSchema,
  sessionListSchema,
  sessionMessage,
  sessionSchema,
  sessionView,
} from "../protocol/seed001.ts";
import { createSchema, type SendBody, sendSchema } from "../protocol/send.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, knownMessage, takes } from "./declare.ts";
import { pageOf, paging, wholeNumber } from "./paging.ts";
import { costs, requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { matchOf } from "./searched.ts";
import { idempotencyKey, promptOf } from "./sending.ts";
import { listed, wholeConversation } from "./whole-conversations.ts";

const MESSAGES = 50;

/** Python's clients send null, or nothing at all in quotes, for what they do not want to say. */
const unlessEmpty = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === "" || value === null ? undefined : value), schema.optional());

/** How the model is asked may be said as at /api/v1/chat. */
const asked = sendSchema.omit({
  message: true,
  parts: true,
  context: true,
  on_busy: true,
  parent_id: true,
  expected_leaf_id: true,
  metadata: true,
});
const context = unlessEmpty(sendSchema.shape.context.unwrap());

const sessionBody = asked.extend({
  title: unlessEmpty(createSchema.shape.title.unwrap()),
  initial_message: unlessEmpty(sendSchema.shape.message.unwrap()),
  context,
});
const messageBody = asked.extend({ message: sendSchema.shape.message.unwrap(), context });

const listQuery = z.object({
  page: paging.page,
  size: paging.size,
  search: z.string().max(500, "should have at most 500 characters").optional(),
});
const readQuery = z.object({
  include_messages: z
    .stringbool({ truthy: ["true", "1"], falsy: ["false", "0"], error: "should be true or false" })
    .default(true)
    .describe("In any case: Python writes `False`."),
  message_limit: wholeNumber(1)
    .max(1000, "should be at most 1,000")
    .default(MESSAGES)
    .describe("So many of the last messages."),
});

const MISSING = ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"] as const;
const SENDING = [
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "FORBIDDEN",
  "RATE_LIMIT_EXCEEDED",
  "INTERNAL_ERROR",
  "LLM_PROVIDER_ERROR",
  "LLM_TIMEOUT",
] as const satisfies ErrorCode[];

const reading = [requirePrincipal, requires({ scope: "conversations" })] as const;

export const seed001Sessions = new Hono<AppEnv>()
  .post(
    "/",
    costs,
    describes(
      "seed 001",
      "Make a session; with an `initial_message` it is answered",
      [{ status: 201, description: "Made", schema: newSessionSchema }],
      [...SENDING, "NOT_FOUND"], // the prompt that it names
    ),
    takes("json", sessionBody, {
      title: "Tides",
      initial_message: "Why are there two tides a day?",
    }),
    async (c) => {
      const { title, initial_message: message, ...said } = c.req.valid("json");
      const { services, principal } = c.var;
      const id = newConversationId(services.now());
      const conversation = services.conversation(id);
      const { provider, model, system_prompt, tone, context: situation } = said;
      const prompt = await promptOf(c, said);
      const settings = { provider, model, system_prompt, tone, context: situation, prompt };
      const made = unwrap(await conversation.create(principal, id, { title, ...settings }));
      if (message === undefined) return c.json(sessionView(made), 201);
      c.header("X-Conversation-Id", id);
      const { question, answer } = await say(
        c,
        id,
        { ...said, message },
        "Failed to create session",
      );
      const session = unwrap(await conversation.get(principal, id));
      return c.json(
        {
          ...sessionView(session),
          first_message: sessionMessage(question),
          ai_response: sessionMessage(answer),
        },
        201,
      );
    },
  )
  .get(
    "/",
    ...reading,
    describes(
      "seed 001",
      "List your sessions, what changed last first",
      [{ status: 200, description: "A page", schema: sessionListSchema }],
      ["VALIDATION_ERROR", "AUTHENTICATION_ERROR"],
    ),
    takes("query", listQuery),
    async (c) => {
      const { page = 1, size, search } = c.req.valid("query");
      const { limit, offset } = pageOf({ page, size });
      const match = search ? matchOf(c.var.principal, search, "search") : undefined;
      const { conversations, total } = await listed(c, { limit, offset }, match);
      return c.json({
        sessions: conversations.map(listedSession),
        pagination: {
          total,
          page,
          size: limit,
          pages: Math.ceil(total / limit),
          has_next: page * limit < total,
          has_prev: page > 1,
        },
      });
    },
  )
  .get(
    "/:id",
    ...reading,
    describes(
      "seed 001",
      "One session, with its last messages, oldest first",
      [{ status: 200, description: "The session", schema: sessionSchema }],
      ["VALIDATION_ERROR", ...MISSING],
    ),
    takes("param", conversationParam),
    takes("query", readQuery),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { include_messages, message_limit } = c.req.valid("query");
      const { services, principal } = c.var;
      const session = sessionView(unwrap(await services.conversation(id).get(principal, id)));
      if (!include_messages) return c.json(session);
      return wholeConversation(c, id, session, sessionMessage, message_limit);
    },
  )
  .post(
    "/:id/messages",
    costs,
    describes(
      "seed 001",
      "Send a message to a session",
      [{ status: 200, description: "The exchange", schema: exchangeSchema }],
      [...SENDING, "CONVERSATION_NOT_FOUND", "IDEMPOTENCY_CONFLICT"],
    ),
    takes("param", conversationParam),
    takes("json", messageBody, { message: "And why is one of them higher?" }),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const body = c.req.valid("json");
      const { question, answer } = await say(c, id, body, "Failed to send message");
      const { services, principal } = c.var;
      const session = unwrap(await services.conversation(id).get(principal, id));
      return c.json({
        user_message: sessionMessage(question),
        ai_response: sessionMessage(answer),
        session_updated: { message_count: session.message_count, updated_at: session.updated_at },
      });
    },
  )
  .delete(
    "/:id",
    ...reading,
    describes(
      "seed 001",
      "Delete a session",
      [{ status: 200, description: "Gone", schema: z.object({ message: z.string() }) }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      unwrap(await c.var.services.conversation(id).remove(c.var.principal, id));
      return c.json({ message: "Session deleted successfully" });
    },
  );

/**
 * Sends, and waits for the answer. Its clients know of no turn that runs: a message waits for the one before.
 * @param failing what the error of a turn that failed begins with
 */
async function say(
  c: AppContext,
  id: string,
  body: Omit<SendBody, "metadata" | "on_busy"> & { message: string },
  failing: string,
): Promise<{ question: Message; answer: Message }> {
  const { services, principal } = c.var;
  const sent = { ...body, metadata: body.context, on_busy: "queue" as const };
  const command = unwrap(
    await sendCommand(sent, {
      conversation: id,
      ignored: [],
      key: idempotencyKey(c),
      charge: null,
      prompt: await promptOf(c, body),
      facts: c.var.facts,
    }),
  );
  const charged = { ...command, charge: c.var.charge.take() };
  const conversation = services.conversation(id);
  const closing = unwrap(await conversation.ask(principal, id, charged, false));
  if (closing.type === "turn.failed") {
    const { code, message, details } = closing.error;
    throw new AppError(code, `${failing}: ${message}`, { ...details, session_id: id });
  }
  const answer = closing.message;
  const after = knownMessage(id, answer.parent_id ?? "") - 1;
  const page = unwrap(await conversation.dump(principal, id, { after, limit: 1, to: null }));
  const question = page.messages[0];
  if (question === undefined) throw new AppError("INTERNAL_ERROR", "an answer has no question");
  return { question, answer };
}
