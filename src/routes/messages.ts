// /conversations/{id}/messages: say something, say it otherwise, have it answered again, choose among
// the answers, take a message back, say what one thinks of it.
import { Hono } from "hono";
import { z } from "zod";
import type { SendCommand } from "../conversation/command.ts";
import { AppError, type ErrorCode, unwrap } from "../errors.ts";
import { conversationDetailSchema } from "../protocol/conversation.ts";
import { wellFormed } from "../protocol/bounds.ts";
import { feedbackSchema, messageSchema } from "../protocol/message.ts";
import { requestSchema } from "../protocol/request.ts";
import { sendSchema } from "../protocol/send.ts";
import type { AppContext, AppEnv } from "./context.ts";
import {
  conversationParam,
  describes,
  knownConversation,
  knownMessage,
  maySendNothing,
  takes,
} from "./declare.ts";
import { answerLater, checkedCallback, laterFields, readsPreference, wantsLater } from "./later.ts";
import { pageOf, paging, paginationSchema, wholeNumber } from "./paging.ts";
import { costs, requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { commandFrom, finished, streamTurn, wantsStream } from "./sending.ts";

const messageParam = conversationParam.extend({ message_id: z.string() });
const streaming = { stream: z.boolean().optional() };
/** Where the message goes is said by the path. */
const placedSchema = sendSchema.omit({ parent_id: true }).extend(streaming);
const againSchema = placedSchema.omit({ message: true, parts: true, metadata: true });

const feedbackBody = z.object({
  rating: feedbackSchema.shape.rating
    .nullable()
    .describe("Null takes it back, and the comment with it."),
  comment: wellFormed(
    z.string("should be text").max(2000, "should have at most 2,000 characters"),
  ).nullish(),
});
const pageQuery = z.object({
  ...paging,
  cursor: wholeNumber(0).optional().describe("`next_cursor` of the page before."),
});

const MISSING = ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"] as const;
const SENDING = [
  ...MISSING,
  "NOT_FOUND",
  "BUDGET_EXCEEDED",
  "RATE_LIMIT_EXCEEDED",
  "FORBIDDEN",
  "CONVERSATION_BUSY",
  "CONVERSATION_CLOSED",
  "IDEMPOTENCY_CONFLICT",
  "LLM_PROVIDER_ERROR",
  "SERVICE_UNAVAILABLE",
  "LLM_TIMEOUT",
] as const satisfies ErrorCode[];
const ANSWER = [
  { status: 200, description: "The answer", schema: messageSchema, stream: true },
] as const;

// Middleware stands with each route: what `use` adds would stand before the sockets next door, too.
const reading = [requirePrincipal, requires({ scope: "conversations" })] as const;

export const messages = new Hono<AppEnv>()
  .post(
    "/:id/messages",
    costs,
    describes(
      "conversations",
      "Send a message into a conversation",
      [...ANSWER, { status: 202, description: "To be asked for later", schema: requestSchema }],
      [...SENDING],
    ),
    readsPreference,
    takes("param", conversationParam),
    takes("json", sendSchema.extend({ ...streaming, ...laterFields }), {
      message: "And why is one of them higher?",
    }),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const body = c.req.valid("json");
      const callback_url = await checkedCallback(c, body.callback_url);
      const command = await commandFrom(c, id, body);
      return wantsLater(c, body)
        ? answerLater(c, id, command, false, callback_url)
        : answer(c, id, body, command);
    },
  )
  .post(
    "/:id/messages/:message_id/regenerate",
    costs,
    describes(
      "conversations",
      "Have a question answered again; the earlier answers stay",
      [...ANSWER],
      [...SENDING],
    ),
    takes("param", messageParam),
    takes("json", againSchema, { model: "auto", temperature: 1 }),
    maySendNothing,
    async (c) => {
      const { id, seq: again } = named(c.req.valid("param"));
      const body = c.req.valid("json");
      return answer(c, id, body, await commandFrom(c, id, body, { again }));
    },
  )
  .post(
    "/:id/messages/:message_id/edit",
    costs,
    describes(
      "conversations",
      "Put another version beside a message: a question's is answered, an answer's is not",
      [...ANSWER],
      [...SENDING],
    ),
    takes("param", messageParam),
    takes("json", placedSchema, { message: "Explain tides to a child" }),
    async (c) => {
      const { id, seq } = named(c.req.valid("param"));
      const body = c.req.valid("json");
      const { services, principal } = c.var;
      const conversation = services.conversation(id);
      const role = unwrap(await conversation.roleOf(principal, id, seq));
      if (role === "user")
        return answer(c, id, body, await commandFrom(c, id, body, { instead: seq }));
      const text = body.message;
      const parts = body.parts ?? (text === undefined ? [] : [{ type: "text" as const, text }]);
      if (parts.length === 0)
        throw new AppError("VALIDATION_ERROR", "message: is required; send the new text", {
          field: "message",
        });
      return c.json(unwrap(await conversation.rewrite(principal, id, seq, parts)));
    },
  )
  .get(
    "/:id/messages",
    ...reading,
    describes(
      "conversations",
      "The messages of the branch that is shown, oldest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({ messages: z.array(messageSchema), pagination: paginationSchema }),
        },
      ],
      [...MISSING],
    ),
    takes("param", conversationParam),
    takes("query", pageQuery),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { cursor, ...numbers } = c.req.valid("query");
      const page = pageOf(cursor === undefined ? numbers : { ...numbers, offset: cursor }, 50);
      const {
        messages: shown,
        total,
        next,
      } = unwrap(await c.var.services.conversation(id).messages(c.var.principal, id, page));
      const next_cursor = next === null ? null : String(next);
      return c.json({
        messages: shown,
        pagination: { total, ...page, has_more: next !== null, next_cursor },
      });
    },
  )
  .post(
    "/:id/messages/:message_id/activate",
    ...reading,
    describes(
      "conversations",
      "Show the branch that a message lies on",
      [{ status: 200, description: "As it is now", schema: conversationDetailSchema }],
      [...MISSING, "NOT_FOUND"],
    ),
    takes("param", messageParam),
    async (c) => {
      const { id, seq } = named(c.req.valid("param"));
      return c.json(
        unwrap(await c.var.services.conversation(id).activate(c.var.principal, id, seq)),
      );
    },
  )
  .post(
    "/:id/messages/:message_id/feedback",
    ...reading,
    describes(
      "conversations",
      "Say what you think of an answer",
      [{ status: 200, description: "The message", schema: messageSchema }],
      [...MISSING, "NOT_FOUND"],
    ),
    takes("param", messageParam),
    takes("json", feedbackBody, { rating: "up", comment: "Clear" }),
    async (c) => {
      const { id, seq } = named(c.req.valid("param"));
      const { rating, comment } = c.req.valid("json");
      const feedback = rating === null ? null : { rating, comment: comment ?? null };
      return c.json(
        unwrap(await c.var.services.conversation(id).rate(c.var.principal, id, seq, feedback)),
      );
    },
  )
  .delete(
    "/:id/messages/:message_id",
    ...reading,
    describes(
      "conversations",
      "Take everything out of a message; its place stays",
      [{ status: 204, description: "Gone" }],
      [...MISSING, "NOT_FOUND", "CONVERSATION_BUSY"],
    ),
    takes("param", messageParam),
    async (c) => {
      const { id, seq } = named(c.req.valid("param"));
      unwrap(await c.var.services.conversation(id).erase(c.var.principal, id, seq));
      return c.body(null, 204);
    },
  );

function named(param: z.infer<typeof messageParam>): { id: string; seq: number } {
  const id = knownConversation(param.id);
  return { id, seq: knownMessage(id, param.message_id) };
}

async function answer(
  c: AppContext,
  id: string,
  body: { stream?: boolean | undefined },
  command: SendCommand,
): Promise<Response> {
  const { services, principal } = c.var;
  const conversation = services.conversation(id);
  if (!wantsStream(c, body))
    return c.json(finished(unwrap(await conversation.ask(principal, id, command, false))));
  return streamTurn(c, id, command, false);
}
