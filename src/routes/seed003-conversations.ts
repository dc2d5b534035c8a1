// /api/conversations: conversations as seed 003's clients ask for them (§3.2).
import { Hono } from "hono";
import { z } from "zod";
import { unwrap } from "../errors.ts";
import { headOf, messageOf, summariesSchema, summaryOf, wholeSchema } from "../protocol/seed003.ts";
import type { AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, takes } from "./declare.ts";
import { pageOf, paging } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { listed, wholeConversation } from "./whole-conversations.ts";

const MISSING = ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"] as const;

export const seed003Conversations = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .get(
    "/",
    describes(
      "seed 003",
      "List your conversations, what changed last first",
      [{ status: 200, description: "A page", schema: summariesSchema }],
      ["VALIDATION_ERROR", "AUTHENTICATION_ERROR"],
    ),
    takes("query", z.object({ page: paging.page, page_size: paging.size })),
    async (c) => {
      const { page, page_size: size } = c.req.valid("query");
      const { conversations } = await listed(c, pageOf({ page, size }));
      return c.json(conversations.map(summaryOf));
    },
  )
  .get(
    "/:id",
    describes(
      "seed 003",
      "One conversation with all its messages",
      [{ status: 200, description: "The conversation", schema: wholeSchema }],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { services, principal } = c.var;
      const conversation = unwrap(await services.conversation(id).get(principal, id));
      return wholeConversation(c, id, headOf(conversation, principal.user_id), messageOf);
    },
  )
  .delete(
    "/:id",
    describes(
      "seed 003",
      "Delete a conversation and all its messages",
      [
        {
          status: 200,
          description: "Gone",
          schema: z.object({ status: z.literal("deleted") }),
        },
      ],
      [...MISSING],
    ),
    takes("param", conversationParam),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      unwrap(await c.var.services.conversation(id).remove(c.var.principal, id));
      return c.json({ status: "deleted" });
    },
  );
