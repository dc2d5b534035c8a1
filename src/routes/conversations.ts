// /conversations: make, list, change and delete them; their messages, turns and sockets.
import { Hono } from "hono";
import { z } from "zod";
import { AppError, unwrap } from "../errors.ts";
import { newConversationId } from "../ids.ts";
import { conversationDetailSchema, rememberedSchema } from "../protocol/conversation.ts";
import { errorSchema } from "../protocol/error.ts";
import { parsePosition } from "../protocol/events.ts";
import { messageSchema } from "../protocol/message.ts";
import { createSchema, patchSchema } from "../protocol/send.ts";
import type { AppEnv } from "./context.ts";
import { listOf, listQuery, listSchema } from "./conversation-list.ts";
import {
  asksItself,
  conversationParam,
  describes,
  knownConversation,
  knownTurn,
  reads,
  takes,
} from "./declare.ts";
import { refusedSocket } from "../protocol/refused-socket.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { shownOnUpgrade } from "./tickets.ts";
import { eventStream, promptOf } from "./sending.ts";

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
      [...MISSING, "VALIDATION_ERROR", "FORBIDDEN"],
    ),
    asksItself,
    reads(
      {
        in: "query",
        name: "ticket",
        description: "Of `POST /auth/ws-ticket`: opens one socket, within half a minute.",
      },
      { in: "query", name: "token", description: "A token, of who cannot set headers." },
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
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .get(
    "/",
    describes("conversations", "List your conversations", [
      { status: 200, description: "A page", schema: listSchema },
    ]),
    takes("query", listQuery),
    async (c) => c.json(await listOf(c, c.req.valid("query"))),
  )
  .post(
    "/",
    describes(
      "conversations",
      "Make a conversation",
      [{ status: 201, description: "Made", schema: conversationDetailSchema }],
      ["NOT_FOUND"], // the prompt that it names
    ),
    takes("json", createSchema, {
      title: "Tides",
      model: "auto",
      system_prompt: "Be brief.",
      tags: ["sea"],
    }),
    async (c) => {
      const { services, principal } = c.var;
      const id = newConversationId(services.now());
      const body = c.req.valid("json");
      const prompt = await promptOf(c, body);
      return c.json(
        unwrap(await services.conversation(id).create(principal, id, { ...body, prompt })),
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
      "Change title, tags, pin, model, prompt, memory, status or metadata",
      [{ status: 200, description: "As it is now", schema: conversationDetailSchema }],
      [...MISSING, "NOT_FOUND", "CONFLICT", "CONVERSATION_CLOSED"],
    ),
    takes("param", conversationParam),
    takes("json", patchSchema, { title: "Tides and the moon", pinned: true }),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { prompt: named, ...body } = c.req.valid("json");
      const prompt = named === null ? null : await promptOf(c, { prompt: named });
      const { services, principal } = c.var;
      return c.json(
        unwrap(await services.conversation(id).patch(principal, id, { ...body, prompt })),
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
    "/:id/memory",
    describes(
      "conversations",
      "What it remembers of the branch that is shown: summary, topics, who and what was named",
      [{ status: 200, description: "Its memory", schema: rememberedSchema }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      return c.json(unwrap(await c.var.services.conversation(id).remembered(c.var.principal, id)));
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
    reads({
      in: "header",
      name: "Last-Event-ID",
      description: "The `id` of the last event that was heard; counts before `after`.",
    }),
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
