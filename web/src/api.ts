// What the page asks of conversations over HTTP, typed.
import type { ConversationPage } from "../../client/conversations.ts";
import { EdgewiseError } from "../../client/error.ts";
import type { Pagination } from "../../client/types.ts";
import type { ConversationDetail, Remembered } from "../../src/protocol/conversation.ts";
import type { Feedback, Message } from "../../src/protocol/message.ts";
import { edgewise, request, requestTurn } from "./request.ts";

/** Which conversations are listed; null: whatever it is. */
export type Filters = { tag: string | null; status: "completed" | "archived" | null };

export const listConversations = (
  { tag, status }: Filters,
  pinned: boolean,
  cursor: string | null,
): Promise<ConversationPage> =>
  edgewise.conversations.list({
    limit: pinned ? 100 : 30,
    pinned,
    ...(tag === null ? {} : { tag }),
    ...(status === null ? {} : { status }),
    ...(cursor === null ? {} : { cursor }),
  });

export async function listTags(): Promise<string[]> {
  const { tags } = await request<{ tags: { tag: string }[] }>("GET", "/tags");
  return tags.map(({ tag }) => tag);
}

/** An event of the window: there are conversations that were not here before. */
export const IMPORTED = "edgewise.imported";

export type Hit = {
  conversation_id: string;
  conversation_title: string | null;
  /** Null where it is a title. */
  message_id: string | null;
  role: "user" | "assistant" | "title";
  /** Escaped HTML with <mark>: marked.tsx reads it. */
  snippet: string;
  created_at: string;
};

export const search = (q: string, offset: number) =>
  request<{ results: Hit[]; pagination: Pagination }>(
    "GET",
    `/search?${new URLSearchParams({ q, limit: "20", offset: String(offset) })}`,
  );

/** Whether answers come from documents, and from which collections; null: from all that one may read. */
export type Answering = Pick<ConversationDetail, "use_rag" | "collections">;

export const createConversation = ({ use_rag, collections }: Answering) =>
  edgewise.conversations.create({
    ...(use_rag ? { use_rag } : {}),
    ...(use_rag && collections !== null ? { collections } : {}),
  });

/** `taken`: meanwhile somebody gave it another title, and nothing was changed. */
export type Renamed = { conversation: ConversationDetail } | { taken: string | null };

/** A version rises with every message, too: of somebody else's changes only another title is one. */
const MOST_TRIES = 4;

/** @param seen the title that this one is meant to replace */
export async function renameConversation(
  id: string,
  seen: string | null,
  title: string,
): Promise<Renamed> {
  for (let tries = 1; ; tries++) {
    const { version, title: now } = await edgewise.conversations.get(id);
    if (now !== seen) return { taken: now };
    try {
      return { conversation: await edgewise.conversations.update(id, { title, version }) };
    } catch (thrown) {
      const meanwhile = thrown instanceof EdgewiseError && thrown.code === "CONFLICT";
      if (!meanwhile || tries === MOST_TRIES) throw thrown;
    }
  }
}

/** Everything up to a message, in a conversation of its own. */
export const forkConversation = (id: string, message_id?: string) =>
  request<ConversationDetail>(
    "POST",
    `/conversations/${id}/fork`,
    message_id === undefined ? {} : { message_id },
  );

export const readMemory = (id: string) => request<Remembered>("GET", `/conversations/${id}/memory`);

/**
 * Messages of the branch that is shown, from place `from` up to `until` (or the end); and how many
 * places there are. An answer that waits to be written has a place, and no message.
 */
export async function readMessages(
  id: string,
  from: number,
  until = Infinity,
): Promise<{ messages: Message[]; total: number }> {
  const messages: Message[] = [];
  let total = 0;
  for await (const page of edgewise.conversations.allMessages(id, from, until)) {
    messages.push(...page.messages);
    total = page.pagination.total;
  }
  return { messages, total };
}

const messagePath = ({ conversation_id, id }: Pick<Message, "conversation_id" | "id">) =>
  `/conversations/${conversation_id}/messages/${id}`;

export type MessageRef = Pick<Message, "conversation_id" | "id">;

/** Settles when the answer is being written: whoever has the conversation open hears it. */
export const regenerate = (message: MessageRef, key: string) =>
  requestTurn(`${messagePath(message)}/regenerate`, {}, key);

/** Another version of a question; settles when it is stored. */
export const sayInstead = (
  message: MessageRef,
  said: { message: string; metadata: Record<string, string> },
  key: string,
) => requestTurn(`${messagePath(message)}/edit`, said, key);

export const activate = (message: MessageRef) =>
  request<ConversationDetail>("POST", `${messagePath(message)}/activate`);

export const eraseMessage = (message: MessageRef) =>
  request<undefined>("DELETE", messagePath(message));

export const rateMessage = (message: MessageRef, feedback: Feedback | null) =>
  request<Message>("POST", `${messagePath(message)}/feedback`, feedback ?? { rating: null });
