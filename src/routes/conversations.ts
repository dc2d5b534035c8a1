// /conversations: make, list, change and delete them; their messages, turns and sockets.
import { Hono } from "hono";
import { z } from "zod";
import { AppError, unwrap } from "../errors.ts";
import { newConversationId } from "../ids.ts";
import {
  conversationDetailSchema,
  conversationSchema,
  conversationView,
} from "../protocol/conversation.ts";
import { errorSchema } from "../protocol/error.ts";
import { parsePosition } from "../protocol/events.ts";
import { messageSchema } from "../protocol/message.ts";
import { createSchema, patchSchema, sendSchema } from "../protocol/send.ts";
import { type Cursor, listConversations } from "../store/conversations.ts";
import type { AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, knownTurn, takes } from "./declare.ts";
import { refusedSocket } from "../protocol/refused-socket.ts";
import { costs, requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { shownOnUpgrade } from "./tickets.ts";
import { commandFrom, eventStream, finished, wantsStream } from "./sending.ts";

const paging = (limit: number) => ({
  limit: z.coerce
    .number("should be a whole number from 1 to 100")
    .int("should be a whole number from 1 to 100")
    .min(1, "should be at least 1")
    .max(100, "should be at most 100")
    .default(limit),
  offset: z.coerce
    .number("should be a whole number, at least 0")
    .int("should be a whole number, at least 0")
    .min(0, "should be at least 0")
    .default(0),
});

const listQuery = z.object({
  ...paging(20),
  sort: z.enum(["created", "updated"], "should be created or updated").default("updated"),
  order: z.enum(["asc", "desc"], "should be asc or desc").default("desc"),
  cursor: z
    .string()
    .transform((text, context) => {
      const match = /^(\d+)~(conv_[0-9a-z]+)$/.exec(text);
      if (match?.[2] !== undefined) return { at: Number(match[1]), id: match[2] } satisfies Cursor;
      context.addIssue("should be the next_cursor of an earlier page");
      return z.NEVER;
    })
    .optional(),
});

const pageSchema = z.object({
  total: z.number().int(),
  limit: z.number().int(),
  offset: z.number().int(),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

const turnParam = conversationParam.extend({ turn_id: z.string() });
const ENDED = {
  "turn.completed": "completed",
  "turn.failed": "failed",
  "turn.cancelled": "cancelled",
} as const;

const MISSING = ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"] as const;

export const conversations = new Hono<AppEnv>()
  // A socket authenticates by itself: its page cannot set headers, and 401 would tell it nothing.
  .get(
    "/:id/ws",
    describes(
      "conversations",
      "Follow and speak over a WebSocket",
      [{ status: 101, description: "JSON frames" }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      if (c.req.header("Upgrade")?.toLowerCase() !== "websocket")
        throw new AppError("VALIDATION_ERROR", "Upgrade: should be websocket", {
          field: "Upgrade",
        });
      const id = knownConversation(c.req.valid("param").id);
      const shown = await shownOnUpgrade(c, id);
      const answer = shown.ok
        ? await c.var.services.upgrade(id, shown.value, c.req.raw)
        : refusedSocket(shown.failure);
      const { webSocket } = answer;
      // The object knows nothing of the headers that every answer has.
      if (webSocket !== null)
        return new Response(null, { status: 101, webSocket, headers: c.res.headers });
      throw await failureIn(answer);
    },
  )
  .post(
    "/:id/messages",
    costs,
    describes(
      "conversations",
      "Send a message into a conversation",
      [{ status: 200, description: "The answer", schema: messageSchema, stream: true }],
      [
        ...MISSING,
        "BUDGET_EXCEEDED",
        "RATE_LIMIT_EXCEEDED",
        "FORBIDDEN",
        "CONVERSATION_BUSY",
        "IDEMPOTENCY_CONFLICT",
        "LLM_PROVIDER_ERROR",
        "SERVICE_UNAVAILABLE",
        "LLM_TIMEOUT",
      ],
    ),
    takes("param", conversationParam),
    takes("json", sendSchema.extend({ stream: z.boolean().optional() })),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const body = c.req.valid("json");
      const command = await commandFrom(c, body);
      const { services, principal } = c.var;
      const conversation = services.conversation(id);
      if (!wantsStream(c, body))
        return c.json(finished(unwrap(await conversation.ask(principal, id, command, false))));
      const sent = unwrap(await conversation.send(principal, id, command, false, "sse"));
      if (sent.stream === null)
        throw new AppError("INTERNAL_ERROR", "a stream was asked for and did not come");
      return eventStream(c, sent.stream, { "X-Conversation-Id": id, "X-Turn-Id": sent.turn_id });
    },
  )
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .get(
    "/",
    describes("conversations", "List your conversations", [
      {
        status: 200,
        description: "A page",
        schema: z.object({ conversations: z.array(conversationSchema), pagination: pageSchema }),
      },
    ]),
    takes("query", listQuery),
    async (c) => {
      const query = c.req.valid("query");
      const { services, principal } = c.var;
      const { rows, total, next } = await listConversations(
        services.database(principal.tenant_id),
        principal,
        query,
      );
      return c.json({
        conversations: rows.map((row) => conversationView({ ...row, status: "active" })),
        pagination: {
          total,
          limit: query.limit,
          offset: query.offset,
          has_more: next !== null,
          next_cursor: next === null ? null : `${next.at}~${next.id}`,
        },
      });
    },
  )
  .post(
    "/",
    describes("conversations", "Make a conversation", [
      { status: 201, description: "Made", schema: conversationDetailSchema },
    ]),
    takes("json", createSchema),
    async (c) => {
      const { services, principal } = c.var;
      const id = newConversationId(services.now());
      return c.json(
        unwrap(await services.conversation(id).create(principal, id, c.req.valid("json"))),
        201,
      );
    },
  )
  .get(
    "/:id",
    describes(
      "conversations",
      "One conversation",
      [{ status: 200, description: "The conversation", schema: conversationDetailSchema }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      return c.json(unwrap(await c.var.services.conversation(id).get(c.var.principal, id)));
    },
  )
  .patch(
    "/:id",
    describes(
      "conversations",
      "Change title, model, system prompt or metadata",
      [{ status: 200, description: "As it is now", schema: conversationDetailSchema }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    takes("json", patchSchema),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      return c.json(
        unwrap(
          await c.var.services.conversation(id).patch(c.var.principal, id, c.req.valid("json")),
        ),
      );
    },
  )
  .delete(
    "/:id",
    describes(
      "conversations",
      "Delete a conversation and all its messages",
      [{ status: 204, description: "Gone" }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      unwrap(await c.var.services.conversation(id).remove(c.var.principal, id));
      return c.body(null, 204);
    },
  )
  .get(
    "/:id/messages",
    describes(
      "conversations",
      "The messages, oldest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({ messages: z.array(messageSchema), pagination: pageSchema }),
        },
      ],
      [...MISSING],
    ),
    takes("param", conversationParam),
    takes("query", z.object(paging(50))),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { limit, offset } = c.req.valid("query");
      const { messages, total, next } = unwrap(
        await c.var.services.conversation(id).messages(c.var.principal, id, { limit, offset }),
      );
      const next_cursor = next === null ? null : String(next);
      return c.json({
        messages,
        pagination: { total, limit, offset, has_more: next !== null, next_cursor },
      });
    },
  )
  .get(
    "/:id/turns/:turn_id/events",
    describes(
      "conversations",
      "Follow a turn, from `Last-Event-ID` (or `?after=`) on",
      [
        { status: 200, description: "Server-Sent Events", stream: true },
        { status: 204, description: "That position was the end" },
      ],
      [...MISSING, "NOT_FOUND"],
    ),
    takes("param", turnParam),
    takes("query", z.object({ after: z.string().optional() })),
    async (c) => {
      const { id: raw, turn_id } = c.req.valid("param");
      const id = knownConversation(raw);
      const turn = knownTurn(id, turn_id);
      const text = c.req.header("Last-Event-ID") ?? c.req.valid("query").after;
      const after = text === undefined || text === "" ? null : parsePosition(text);
      if (text && after?.turn_id !== turn_id)
        throw new AppError(
          "VALIDATION_ERROR",
          "after: should be a position of this turn, <turn_id>:<epoch>.<seq>",
          {
            field: "after",
          },
        );
      const { services, principal } = c.var;
      const stream = unwrap(
        await services.conversation(id).events(principal, id, turn, after, "sse"),
      );
      // 204 tells an EventSource, which would come back for ever, that it is over.
      return stream === null ? c.body(null, 204) : eventStream(c, stream);
    },
  )
  .post(
    "/:id/turns/:turn_id/cancel",
    describes(
      "conversations",
      "Stop a turn; what arrived is kept",
      [
        {
          status: 200,
          description: "How the turn ended, now or before",
          schema: z.object({
            turn_id: z.string(),
            status: z.enum(["completed", "failed", "cancelled"]),
            message: messageSchema,
          }),
        },
      ],
      [...MISSING, "NOT_FOUND"],
    ),
    takes("param", turnParam),
    async (c) => {
      const { id: raw, turn_id } = c.req.valid("param");
      const id = knownConversation(raw);
      const closing = unwrap(
        await c.var.services.conversation(id).cancel(c.var.principal, id, knownTurn(id, turn_id)),
      );
      return c.json({ turn_id, status: ENDED[closing.type], message: closing.message });
    },
  );

/** What an object said no to. */
async function failureIn(answer: Response): Promise<AppError> {
  const { error } = z.object({ error: errorSchema }).parse(await answer.json());
  return new AppError(error.code, error.message, error.details);
}
