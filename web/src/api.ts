// What the page asks of conversations over HTTP, typed.
import type {
  Conversation,
  ConversationDetail,
  Remembered,
} from "../../src/protocol/conversation.ts";
import type { Feedback, Message } from "../../src/protocol/message.ts";
import { ApiError } from "./http.ts";
import { request, requestTurn } from "./request.ts";

type Pagination = { total: number; has_more: boolean; next_cursor: string | null };
export type ConversationPage = { conversations: Conversation[]; pagination: Pagination };

/** Which conversations are listed; null: whatever it is. */
export type Filters = { tag: string | null; status: "completed" | "archived" | null };

export function listConversations(
  { tag, status }: Filters,
  pinned: boolean,
  cursor: string | null,
): Promise<ConversationPage> {
  const query = new URLSearchParams({ limit: pinned ? "100" : "30", pinned: String(pinned) });
  if (tag !== null) query.set("tag", tag);
  if (status !== null) query.set("status", status);
  if (cursor !== null) query.set("cursor", cursor);
  return request("GET", `/conversations?${query}`);
}

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
  request<ConversationDetail>("POST", "/conversations", {
    ...(use_rag ? { use_rag } : {}),
    ...(use_rag && collections !== null ? { collections } : {}),
  });

export const readConversation = (id: string) =>
  request<ConversationDetail>("GET", `/conversations/${id}`);

type Patch = {
  title?: string;
  version?: number;
  pinned?: boolean;
  tags?: readonly string[];
  status?: "active" | "completed";
  use_rag?: boolean;
  collections?: readonly string[] | null;
};

export const patchConversation = (id: string, change: Patch) =>
  request<ConversationDetail>("PATCH", `/conversations/${id}`, change);

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
    const { version, title: now } = await readConversation(id);
    if (now !== seen) return { taken: now };
    try {
      return { conversation: await patchConversation(id, { title, version }) };
    } catch (thrown) {
      const meanwhile = thrown instanceof ApiError && thrown.code === "CONFLICT";
      if (!meanwhile || tries === MOST_TRIES) throw thrown;
    }
  }
}

export const deleteConversation = (id: string) =>
  request<undefined>("DELETE", `/conversations/${id}`);

/** Everything up to a message, in a conversation of its own. */
export const forkConversation = (id: string, message_id?: string) =>
  request<ConversationDetail>(
    "POST",
    `/conversations/${id}/fork`,
    message_id === undefined ? {} : { message_id },
  );

export const readMemory = (id: string) => request<Remembered>("GET", `/conversations/${id}/memory`);

type Page = { messages: Message[]; pagination: Pagination };

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
  for (let offset = from; ;) {
    const limit = Math.min(100, until - offset);
    const page = await request<Page>(
      "GET",
      `/conversations/${id}/messages?offset=${offset}&limit=${limit}`,
    );
    messages.push(...page.messages);
    const { next_cursor, total } = page.pagination;
    if (next_cursor === null || Number(next_cursor) >= until) return { messages, total };
    offset = Number(next_cursor);
  }
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

/** The address of a conversation's WebSocket. */
export function socketUrl(id: string): string {
  const url = new URL(`/api/v1/conversations/${id}/ws`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
