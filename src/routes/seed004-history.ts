// /api/history: conversations as seed 004's clients ask for them.
import { Hono } from "hono";
import { z } from "zod";
import { unwrap } from "../errors.ts";
import type { ConversationDetail } from "../protocol/conversation.ts";
import {
  historySchema,
  listedPast,
  pastConversationSchema,
  pastHead,
  pastMessage,
} from "../protocol/seed004.ts";
import { patchSchema } from "../protocol/send.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, takes } from "./declare.ts";
import { pageOf, paging } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { listed, wholeConversation } from "./whole-conversations.ts";

const MISSING = ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"] as const;
const ROWS = 10;
const WHOLE = [
  { status: 200, description: "The conversation", schema: pastConversationSchema },
] as const;

export const seed004History = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .get(
    "/",
    describes(
      "seed 004",
      "List your conversations, what changed last first",
      [{ status: 200, description: "A page", schema: historySchema }],
      ["VALIDATION_ERROR", "AUTHENTICATION_ERROR"],
    ),
    takes("query", z.object({ limit: paging.limit, offset: paging.offset })),
    async (c) => {
      const page = pageOf(c.req.valid("query"), ROWS);
      const { conversations, total } = await listed(c, page);
      return c.json({ conversations: conversations.map(listedPast), total, ...page });
    },
  )
  .get(
    "/:id",
    describes("seed 004", "One conversation with all its messages", [...WHOLE], [...MISSING]),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      return whole(c, unwrap(await c.var.services.conversation(id).get(c.var.principal, id)));
    },
  )
  .put(
    "/:id",
    describes(
      "seed 004",
      "Give a conversation another title",
      [...WHOLE],
      ["VALIDATION_ERROR", ...MISSING],
    ),
    takes("param", conversationParam),
    takes("json", patchSchema.pick({ title: true }).required(), { title: "Tides" }),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { title } = c.req.valid("json");
      const conversation = c.var.services.conversation(id);
      return whole(c, unwrap(await conversation.patch(c.var.principal, id, { title })));
    },
  )
  .delete(
    "/:id",
    describes(
      "seed 004",
      "Delete a conversation",
      [{ status: 200, description: "Gone", schema: z.object({ message: z.string() }) }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      unwrap(await c.var.services.conversation(id).remove(c.var.principal, id));
      return c.json({ message: "Conversation deleted successfully" });
    },
  );

function whole(c: AppContext, conversation: ConversationDetail): Promise<Response> {
  return wholeConversation(c, conversation.id, pastHead(conversation), pastMessage);
}
