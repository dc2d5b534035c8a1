// Conversations over HTTP: their list, what they are, and their messages.
import { type Http, pathOf } from "./http.ts";
import type {
  Conversation,
  ConversationChange,
  ConversationDetail,
  ConversationQuery,
  Message,
  NewConversation,
  Pagination,
} from "./types.ts";

export type ConversationPage = { conversations: Conversation[]; pagination: Pagination };
export type MessagePage = { messages: Message[]; pagination: Pagination };

export class Conversations {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  list(query: ConversationQuery = {}): Promise<ConversationPage> {
    return this.#http.request("GET", "/conversations", { query });
  }

  create(conversation: NewConversation = {}): Promise<ConversationDetail> {
    return this.#http.request("POST", "/conversations", { body: conversation });
  }

  get(id: string): Promise<ConversationDetail> {
    return this.#http.request("GET", pathOf`/conversations/${id}`);
  }

  /** With the `version` that one saw, nothing is changed where it is another one now: `CONFLICT`. */
  update(id: string, change: ConversationChange): Promise<ConversationDetail> {
    return this.#http.request("PATCH", pathOf`/conversations/${id}`, { body: change });
  }

  async delete(id: string): Promise<void> {
    await this.#http.request("DELETE", pathOf`/conversations/${id}`);
  }

  /** A page of the branch that is shown, oldest first. */
  messages(id: string, page: { limit?: number; offset?: number } = {}): Promise<MessagePage> {
    return this.#http.request("GET", pathOf`/conversations/${id}/messages`, { query: page });
  }

  /** All of them, page by page; `from` and `until` are places in the branch. */
  async *allMessages(id: string, from = 0, until = Infinity): AsyncGenerator<MessagePage> {
    for (let offset = from; ;) {
      const page = await this.messages(id, { offset, limit: Math.min(100, until - offset) });
      yield page;
      const { next_cursor } = page.pagination;
      if (next_cursor === null || Number(next_cursor) >= until) return;
      offset = Number(next_cursor);
    }
  }
}
