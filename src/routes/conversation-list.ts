// What one may ask of the list of one's conversations, and the page that answers it.
import { z } from "zod";
import { AppError } from "../errors.ts";
import {
  conversationSchema,
  conversationStatusSchema,
  conversationView,
} from "../protocol/conversation.ts";
import { type Cursor, listConversations } from "../store/conversation-lists.ts";
import type { AppContext } from "./context.ts";
import { pageOf, paging, paginationSchema } from "./paging.ts";
import { timeSchema } from "./periods.ts";
import { matchOf, searchedSchema } from "./searched.ts";

const SORTS = ["created", "updated", "title"] as const;
const DELIMITER = "~";

const name = (most: number) =>
  z.string().min(1, "should not be empty").max(most, `should have at most ${most} characters`);

export const listQuery = z.object({
  ...paging,
  sort: z.enum(SORTS, `should be one of ${SORTS.join(", ")}`).default("updated"),
  order: z.enum(["asc", "desc"], "should be asc or desc").default("desc"),
  cursor: z
    .string()
    .optional()
    .describe("`next_cursor` of the page before, with the same sort and order."),
  tag: name(100).optional(),
  status: conversationStatusSchema.optional(),
  model: name(100).optional(),
  provider: name(100).optional(),
  pinned: z
    .enum(["true", "false"], "should be true or false")
    .transform((text) => text === "true")
    .optional(),
  created_after: timeSchema.optional().describe("Made then or later."),
  created_before: timeSchema.optional().describe("Made before."),
  updated_after: timeSchema.optional().describe("Changed then or later."),
  updated_before: timeSchema.optional().describe("Changed before."),
  search: searchedSchema.optional().describe("Found in the title, or in what was said."),
});

export const listSchema = z.object({
  conversations: z.array(conversationSchema),
  pagination: paginationSchema,
});

/** @throws VALIDATION_ERROR for a cursor that belongs to no such list, and a search without a word */
export async function listOf(
  c: AppContext,
  query: z.infer<typeof listQuery>,
): Promise<z.infer<typeof listSchema>> {
  const { services, principal } = c.var;
  const { sort, order, tag, status, model, provider, pinned, search } = query;
  const page = pageOf(query);
  const { rows, total, next } = await listConversations(
    services.database(principal.tenant_id),
    principal,
    {
      ...page,
      sort,
      order,
      cursor: query.cursor === undefined ? undefined : cursorFrom(query.cursor, sort),
      filters: {
        tag,
        status,
        model,
        provider,
        pinned,
        created_after: query.created_after?.begins,
        created_before: query.created_before?.begins,
        updated_after: query.updated_after?.begins,
        updated_before: query.updated_before?.begins,
        match: search === undefined ? undefined : matchOf(principal, search, "search"),
      },
    },
  );
  return {
    conversations: rows.map(conversationView),
    pagination: {
      total,
      ...page,
      has_more: next !== null,
      next_cursor: next === null ? null : `${encodeURIComponent(next.at)}${DELIMITER}${next.id}`,
    },
  };
}

function cursorFrom(text: string, sort: (typeof SORTS)[number]): Cursor {
  const [, at, id] = /^(.*)~(conv_[0-9a-z]+)$/.exec(text) ?? [];
  const title = at === undefined ? null : decoded(at);
  if (id !== undefined && title !== null) {
    if (sort === "title") return { at: title, id };
    if (/^-?\d{1,15}$/.test(title)) return { at: Number(title), id };
  }
  throw new AppError("VALIDATION_ERROR", "cursor: should be the next_cursor of an earlier page", {
    field: "cursor",
  });
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
