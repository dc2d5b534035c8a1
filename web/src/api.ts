// The HTTP side of the API, typed. Who is asking is in a cookie that the server sets and reads.
import type { ErrorBody } from "../../src/errors.ts";
import type { Conversation, ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { t } from "./strings/translate.ts";

/** A failure as a sentence to show. `NETWORK`: there was no answer at all. */
export class ApiError extends Error {
  readonly code: ErrorBody["code"] | "NETWORK";

  constructor(code: ErrorBody["code"] | "NETWORK", message: string) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

/** What to show of anything thrown. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof ApiError ? thrown.message : t("error.unexpected");
}

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

let known = false;
let asking: Promise<void> | null = null;

/**
 * Settles when a first request has been answered, or none is under way. A visitor without a cookie
 * is given one with the answer; two requests before it would make two visitors, of whom one is lost.
 */
export async function introduced(): Promise<void> {
  if (known || asking === null) return;
  await asking;
  return introduced();
}

async function meet(answer: Promise<Response>): Promise<void> {
  try {
    await answer;
    known = true;
  } catch {
    asking = null; // nobody answered: the next request is the first
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  await introduced();
  const answer = ask(method, path, body);
  if (!known) asking = meet(answer);
  const response = await answer;
  if (!response.ok) throw await failureIn(response);
  // Our own server's word, typed by the schemas that it validates with.
  const value: T = response.status === 204 ? undefined : await response.json();
  return value;
}

async function failureIn(response: Response): Promise<ApiError> {
  try {
    const { error }: { error: ErrorBody } = await response.json();
    return new ApiError(error.code, error.message);
  } catch {
    return new ApiError("INTERNAL_ERROR", t("error.unexpected")); // somebody else answered
  }
}

async function ask(method: string, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      ...(body === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError("NETWORK", t("error.network"));
  }
}
