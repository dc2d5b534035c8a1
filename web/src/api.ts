// What the page asks of conversations over HTTP, typed.
import type { Conversation, ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { request } from "./request.ts";

type Pagination = { total: number; has_more: boolean; next_cursor: string | null };
export type ConversationPage = { conversations: Conversation[]; pagination: Pagination };

export const listConversations = (cursor: string | null) =>
  request<ConversationPage>(
    "GET",
    `/conversations?limit=30${cursor === null ? "" : `&cursor=${cursor}`}`,
  );

export const createConversation = () => request<ConversationDetail>("POST", "/conversations", {});

export const readConversation = (id: string) =>
  request<ConversationDetail>("GET", `/conversations/${id}`);

export const renameConversation = (id: string, title: string) =>
  request<ConversationDetail>("PATCH", `/conversations/${id}`, { title });

export const deleteConversation = (id: string) =>
  request<undefined>("DELETE", `/conversations/${id}`);

/** Messages from index `from` up to `until` (or the end). A page may hold fewer than was asked for. */
export async function readMessages(id: string, from: number, until = Infinity): Promise<Message[]> {
  const messages: Message[] = [];
  for (let offset = from; offset < until;) {
    const limit = Math.min(100, until - offset);
    const page = await request<{ messages: Message[]; pagination: Pagination }>(
      "GET",
      `/conversations/${id}/messages?offset=${offset}&limit=${limit}`,
    );
    messages.push(...page.messages);
    if (!page.pagination.has_more) break;
    offset += page.messages.length;
  }
  return messages;
}

/** The address of a conversation's WebSocket. */
export function socketUrl(id: string): string {
  const url = new URL(`/api/v1/conversations/${id}/ws`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
