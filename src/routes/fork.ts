// POST /conversations/{id}/fork: a conversation of its own, from the beginning to one message of another.
import { Hono } from "hono";
import { z } from "zod";
import type { BroughtMessage } from "../protocol/transfer.ts";
import { AppError, unwrap } from "../errors.ts";
import { newConversationId, ownedId } from "../ids.ts";
import { metadataSchema } from "../protocol/bounds.ts";
import { conversationDetailSchema } from "../protocol/conversation.ts";
import type { Message } from "../protocol/message.ts";
import { createSchema } from "../protocol/send.ts";
import { shortened } from "../protocol/shortened.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, knownMessage, takes } from "./declare.ts";
import { abandoned, madeHere } from "./making.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const SUFFIX = " (fork)";
const LONGEST_TITLE = 255;
/** Messages that one call of an object brings. */
const MESSAGES = 200;

const forkSchema = z.object({
  message_id: z
    .string("should be the id of a message")
    .describe("The last message that goes along; without it, the end of what is shown.")
    .optional(),
  title: createSchema.shape.title,
});

const NO_ROOM = "metadata.forked_from was left out: the metadata has no room for it";
const forkedSchema = conversationDetailSchema.extend({
  notes: z.array(z.string()).describe("What is otherwise than a fork has it."),
});

export const forking = new Hono<AppEnv>().post(
  "/:id/fork",
  requirePrincipal,
  requires({ scope: "conversations" }),
  describes(
    "conversations",
    "Go on from a message in a conversation of its own",
    [{ status: 201, description: "The new conversation", schema: forkedSchema }],
    ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND", "NOT_FOUND", "CONVERSATION_CLOSED"],
  ),
  takes("param", conversationParam),
  takes("json", forkSchema, { title: "Tides, continued" }),
  async (c) => {
    const { services, principal } = c.var;
    const id = knownConversation(c.req.valid("param").id);
    const { message_id, title } = c.req.valid("json");
    const named = message_id === undefined ? null : knownMessage(id, message_id);
    const like = unwrap(await services.conversation(id).likeness(principal, id));
    if (like.status === "archived")
      throw new AppError(
        "CONVERSATION_CLOSED",
        "This conversation was archived: its messages are gone, and there is nothing to fork.",
        { status: like.status },
      );
    const to = named ?? like.leaf;
    // Before anything is made: whether the message is there.
    const first = to === null ? null : await pageOf(c, id, to, -1);
    const last = message_id ?? (to === null ? null : ownedId("msg", id, to));
    const fork = newConversationId(services.now());
    const metadata = {
      ...like.made.metadata,
      forked_from: { conversation_id: id, message_id: last },
    };
    const fits = metadataSchema.safeParse(metadata).success;
    const made = {
      ...like.made,
      title:
        title ??
        (like.made.title === undefined
          ? undefined
          : shortened(like.made.title, LONGEST_TITLE - SUFFIX.length) + SUFFIX),
      metadata: fits ? metadata : like.made.metadata,
    };
    let detail = unwrap(await madeHere(c, fork, { ...made, intake: first !== null }));
    try {
      let seq = 0;
      let page = first;
      while (page !== null) {
        const brought = page.messages.map((message): BroughtMessage => {
          seq++;
          return broughtFrom(message, seq, seq === 1 ? null : seq - 1);
        });
        const { next } = page;
        const end = next === null ? { leaf: null } : null;
        detail = unwrap(await services.conversation(fork).bring(principal, fork, brought, end));
        page = next === null || to === null ? null : await pageOf(c, id, to, next);
      }
    } catch (thrown) {
      await abandoned(c, fork);
      throw thrown;
    }
    return c.json({ ...detail, notes: fits ? [] : [NO_ROOM] }, 201);
  },
);

async function pageOf(c: AppContext, id: string, to: number, after: number) {
  const page = { after, limit: MESSAGES, to };
  return unwrap(await c.var.services.conversation(id).dump(c.var.principal, id, page));
}

/** What is stored is whole, or it was erased: what runs has no row. */
function broughtFrom(message: Message, seq: number, parent_seq: number | null): BroughtMessage {
  const { role, parts, status, created_at, timestamp, feedback } = message;
  const { model, provider, tokens_used, finish_reason } = message;
  const { latency_ms, ttft_ms, notices, metadata, citations } = message;
  return {
    seq,
    parent_seq,
    role: role === "user" ? "user" : "assistant",
    parts,
    status: status === "running" ? "partial" : status,
    created_at: Date.parse(created_at),
    finished_at: Date.parse(timestamp),
    details: {
      model,
      provider,
      tokens_used,
      finish_reason,
      latency_ms,
      ttft_ms,
      notices,
      metadata,
      citations,
    },
    feedback,
  };
}
