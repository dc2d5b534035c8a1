// /chat/ui: the backend of `useChat` (the `ai` package). The chat's id is its client's; whose chat it is
// and that id lead to one conversation.
import { Hono } from "hono";
import { z } from "zod";
import { type ErrorCode, unwrap } from "../errors.ts";
import { derivedConversationId, isConversationId } from "../ids.ts";
import {
  chatIdSchema,
  ignoredIn,
  plainly,
  settingsIn,
  uiBodySchema,
} from "../protocol/ui-request.ts";
import { uiMessagesOf } from "../protocol/ui-history.ts";
import { stepsBefore } from "../protocol/ui-steps.ts";
import { UI_STREAM_HEADERS } from "../protocol/ui-stream.ts";
import { beginningWith } from "./beginning.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { conversationParam, describes, knownTurn, takes } from "./declare.ts";
import { pageOf, paging } from "./paging.ts";
import { askedIn, costing, requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { commandOf, eventStream, streamTurn } from "./sending.ts";
import { wasDeleted } from "../store/conversations.ts";
import { placed } from "./ui-placing.ts";

const FAILURES = [
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "FORBIDDEN",
  "CONVERSATION_NOT_FOUND",
  "CONVERSATION_BUSY",
  "CONVERSATION_CLOSED",
  "PAYLOAD_TOO_LARGE",
  "RATE_LIMIT_EXCEEDED",
  "IDEMPOTENCY_CONFLICT",
] as const satisfies ErrorCode[];
const historySchema = z.object({
  messages: z.array(
    z.object({
      id: z.string(),
      role: z.enum(["user", "assistant"]),
      metadata: z.record(z.string(), z.unknown()),
      parts: z.array(z.looseObject({ type: z.string() })),
    }),
  ),
});
const MESSAGES = 100;
const chatParam = conversationParam.extend({ id: chatIdSchema });
const watching = [requirePrincipal, requires({ scope: "chat" })] as const;

export const chatUi = new Hono<AppEnv>()
  .post(
    "/",
    costing((c, body) => askedIn(c, plainly(body))),
    describes(
      "chat",
      "Send what `useChat` posts, and answer with the UI message stream that it reads",
      [{ status: 200, description: "A UI message stream, version 1", stream: true }],
      [...FAILURES],
    ),
    takes("json", uiBodySchema, {
      id: "chat-1",
      trigger: "submit-message",
      messages: [{ id: "m1", role: "user", parts: [{ type: "text", text: "Hello" }] }],
    }),
    async (c) => {
      const body = c.req.valid("json");
      const chat = await conversationOf(c, body.id);
      const { id, named } = chat;
      const { send, place, returned = false, begins, seen } = await placed(c, chat, body);
      // A page that was stopped has gone away, and its turn goes on: what it says next ends that.
      const said = { on_busy: "interrupt" as const, ...settingsIn(body), ...send };
      const ignored = ignoredIn(await c.req.json<object>());
      const format = { name: "ui", goesOn: returned } as const;
      const say = async () => {
        const command = await commandOf(c, id, said, ignored, place);
        const expecting = seen === undefined ? command : { ...command, expects: seen };
        return streamTurn(c, id, expecting, !named, format, UI_STREAM_HEADERS);
      };
      return begins === undefined ? say() : beginningWith(c, id, begins, say);
    },
  )
  .get(
    "/:id/messages",
    requirePrincipal,
    requires({ scope: "conversations" }),
    describes(
      "chat",
      "The last messages of a chat, as `useChat` takes them to begin with",
      [{ status: 200, description: "Oldest first", schema: historySchema }],
      ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"],
    ),
    takes("param", chatParam),
    takes("query", z.object({ limit: paging.limit })),
    async (c) => {
      const { limit } = pageOf(c.req.valid("query"), MESSAGES);
      const { id, detail } = await found(c, c.req.valid("param").id);
      if (detail === null) return c.json({ messages: [] });
      const { services, principal } = c.var;
      const conversation = services.conversation(id);
      // How long the branch is, nobody knows before a page of it: most chats are one page.
      const page = unwrap(await conversation.messages(principal, id, { limit, offset: 0 }));
      const offset = Math.max(0, page.total - limit);
      const last =
        offset === 0 ? page : unwrap(await conversation.messages(principal, id, { limit, offset }));
      return c.json({ messages: uiMessagesOf(last.messages) });
    },
  )
  .get(
    "/:id/stream",
    ...watching,
    describes(
      "chat",
      "Follow the answer that is being written in a chat, from its beginning",
      [
        { status: 200, description: "A UI message stream, version 1", stream: true },
        { status: 204, description: "Nothing is being written" },
      ],
      ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"],
    ),
    takes("param", chatParam),
    async (c) => {
      const { id, turn } = await running(c, c.req.valid("param").id);
      if (turn === null) return c.body(null, 204);
      const { services, principal } = c.var;
      const conversation = services.conversation(id);
      const before = stepsBefore(unwrap(await conversation.steps(principal, id, turn)));
      const format = { name: "ui", goesOn: false, before } as const;
      const stream = unwrap(await conversation.events(principal, id, turn, null, format));
      return stream === null ? c.body(null, 204) : eventStream(c, stream, UI_STREAM_HEADERS);
    },
  )
  .delete(
    "/:id/stream",
    ...watching,
    describes(
      "chat",
      "Stop the answer that is being written in a chat; what arrived is kept",
      [{ status: 204, description: "Nothing is being written any more" }],
      ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"],
    ),
    takes("param", chatParam),
    async (c) => {
      const { id, turn } = await running(c, c.req.valid("param").id);
      const { services, principal } = c.var;
      if (turn !== null) unwrap(await services.conversation(id).cancel(principal, id, turn));
      return c.body(null, 204);
    },
  );

/** As often a chat may be deleted, and begun again under its name. */
const MOST_LIVES = 20;

/**
 * A chat may be named as a conversation is; any other name is the client's, and of this caller alone. A chat
 * that was deleted and goes on is another conversation: what D1 knows of the one that is gone stays its own.
 */
async function conversationOf(
  c: AppContext,
  chat: string,
): Promise<{ id: string; named: boolean; there: boolean }> {
  if (isConversationId(chat)) return { id: chat, named: true, there: true };
  const { services, principal } = c.var;
  for (let life = 0; ; life += 1) {
    // The space keeps it from being anybody's Idempotency-Key.
    const name = life === 0 ? `ui ${chat}` : `ui ${life} ${chat}`;
    const id = derivedConversationId(await services.visitors.derive(principal, name));
    const there = await isThere(c, id);
    const last = there || life === MOST_LIVES;
    if (last || !(await wasDeleted(services.database(principal.tenant_id), id)))
      return { id, named: false, there };
  }
}

async function isThere(c: AppContext, id: string): Promise<boolean> {
  const { services, principal } = c.var;
  const read = await services.conversation(id).get(principal, id);
  if (!read.ok && read.failure.code !== "CONVERSATION_NOT_FOUND") unwrap(read);
  return read.ok;
}

/** The conversation of a chat; null for a chat that nothing was said in yet. */
async function found(c: AppContext, chat: string) {
  const { id, named } = await conversationOf(c, chat);
  const read = await c.var.services.conversation(id).get(c.var.principal, id);
  const absent = !read.ok && read.failure.code === "CONVERSATION_NOT_FOUND" && !named;
  return { id, detail: absent ? null : unwrap(read) };
}

async function running(c: AppContext, chat: string): Promise<{ id: string; turn: number | null }> {
  const { id, detail } = await found(c, chat);
  const turn_id = detail?.running_turn_id ?? null;
  return { id, turn: turn_id === null ? null : knownTurn(id, turn_id) };
}
