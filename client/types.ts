// What Edgewise says and is told, as its own schemas have it. Types alone: `npm run build:client` writes
// them out, so that what others take needs neither the schemas nor their library.
import type { z } from "zod";
import type { conversationDetailSchema, conversationSchema } from "../src/protocol/conversation.ts";
import type { errorSchema } from "../src/protocol/error.ts";
import type {
  citationSchema,
  resultSchema,
  searchSchema,
  sourceSchema,
} from "../src/protocol/knowledge.ts";
import type { messageSchema, noticeSchema, partSchema } from "../src/protocol/message.ts";
import type { createSchema, patchSchema, sendSchema } from "../src/protocol/send.ts";
import type { toolCallSchema } from "../src/protocol/tool.ts";

export type Message = z.output<typeof messageSchema>;
export type Part = z.output<typeof partSchema>;
export type Notice = z.output<typeof noticeSchema>;
export type ToolCall = z.output<typeof toolCallSchema>;
export type Source = z.output<typeof sourceSchema>;
export type Citation = z.output<typeof citationSchema>;
export type Conversation = z.output<typeof conversationSchema>;
export type ConversationDetail = z.output<typeof conversationDetailSchema>;
export type SearchResult = z.output<typeof resultSchema>;
export type ErrorBody = z.output<typeof errorSchema>;

/** What a message may say, and how it is to be answered. */
export type Send = z.input<typeof sendSchema>;
export type NewConversation = z.input<typeof createSchema>;
export type ConversationChange = z.input<typeof patchSchema>;
export type Search = z.input<typeof searchSchema>;

export type { ClosingEvent, TurnEvent } from "../src/protocol/events.ts";

export type Pagination = {
  total: number;
  limit: number;
  offset: number;
  has_more: boolean;
  /** Null at the end, and where pages go by `offset` alone. */
  next_cursor: string | null;
};

/** Times are ISO 8601. */
export type ConversationQuery = {
  limit?: number | undefined;
  offset?: number | undefined;
  /** `next_cursor` of the page before, with the same sort and order. */
  cursor?: string | undefined;
  sort?: "created" | "updated" | "title" | undefined;
  order?: "asc" | "desc" | undefined;
  tag?: string | undefined;
  status?: Conversation["status"] | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  pinned?: boolean | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
  updated_after?: string | undefined;
  updated_before?: string | undefined;
  search?: string | undefined;
};

export type DocumentStatus = "queued" | "processing" | "indexed" | "failed";

export type Document = {
  id: string;
  collection_id: string;
  name: string;
  title: string | null;
  status: DocumentStatus;
  /** Why it failed. */
  reason: string | null;
  /** The same as a sentence, with what can be done. */
  error: string | null;
  /** Whether it is found: while it is replaced, as it was. */
  searchable: boolean;
  /** Null until it was read. */
  kind: "pdf" | "docx" | "html" | "markdown" | "text" | "csv" | "json" | null;
  bytes: number;
  version: number;
  progress: {
    pages_done: number;
    pages: number | null;
    chunks_done: number;
    chunks: number | null;
  };
  url: string | null;
  metadata: { [name: string]: unknown };
  /** What it says of itself: author, language, keywords, sections, dates. */
  described: { [name: string]: unknown } | null;
  created_at: string;
  updated_at: string;
  indexed_at: string | null;
};

export type DocumentQuery = {
  limit?: number | undefined;
  offset?: number | undefined;
  status?: DocumentStatus | undefined;
  collection?: string | undefined;
};

/** A file, a text or an address. The same name again in a collection is its next version. */
export type NewDocument = (
  | { file: Blob; name?: string | undefined }
  | { text: string; name: string }
  | { url: string; name?: string | undefined }
) & {
  title?: string | undefined;
  collection?: string | undefined;
  metadata?: { [name: string]: unknown } | undefined;
};
