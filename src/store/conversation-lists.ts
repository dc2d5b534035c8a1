// Lists of somebody's conversations: each a page from an index, and how many there are in all.
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNull,
  lt,
  sql,
  type SQL,
} from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { ConversationProjection } from "./conversations.ts";
import type { Database } from "./database.ts";
import {
  conversationCounts,
  conversations,
  conversationTagCounts,
  conversationTags,
} from "./schema.ts";
import { conversationsWith } from "./search.ts";

type Owner = { tenant_id: string; user_id: string };

/** What is not undefined has to hold. Times are milliseconds: `after` is at it or later. */
export type ConversationFilters = {
  tag?: string | undefined;
  status?: ConversationProjection["status"] | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  pinned?: boolean | undefined;
  created_after?: number | undefined;
  created_before?: number | undefined;
  updated_after?: number | undefined;
  updated_before?: number | undefined;
  /** As `matchQuery` makes it for this owner: found in the title, or in what was said. */
  match?: string | undefined;
};

export type ListQuery = {
  limit: number;
  offset: number;
  sort: "created" | "updated" | "title";
  order: "asc" | "desc";
  filters: ConversationFilters;
  /** From `next` of the page before: stable where rows move while one pages. */
  cursor?: Cursor | undefined;
};
/** The last row of a page: what the list is sorted by, and the id. */
export type Cursor = { at: number | string; id: string };

export async function listConversations(db: Database, owner: Owner, query: ListQuery) {
  const [rows, totals] = await db.batch([
    pageOfConversations(db, owner, query),
    totalOf(db, owner, query.filters),
  ]);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    rows: page,
    total: totals[0]?.total ?? 0,
    next: rows.length > query.limit && last !== undefined ? cursorOf(last, query.sort) : null,
  };
}

/** One row more than a page has: it tells whether there are more. */
export function pageOfConversations(db: Database, owner: Owner, query: ListQuery) {
  const { filters, cursor } = query;
  const tagged = filters.tag !== undefined;
  const { by, id } = sortedBy(query.sort, tagged);
  const [direction, beyond] = query.order === "asc" ? [asc, sql`>`] : [desc, sql`<`];
  const after =
    cursor === undefined ? undefined : sql`(${by}, ${id}) ${beyond} (${cursor.at}, ${cursor.id})`;
  const where = and(visible(owner, filters), after);
  const order = [direction(by), direction(id)];
  const limit = query.limit + 1;
  const offset = cursor === undefined ? query.offset : 0;
  const rows = db.select(getTableColumns(conversations));
  // CROSS keeps SQLite to this order: the rows of a tag come sorted, and each finds its conversation.
  return tagged
    ? rows
        .from(conversationTags)
        .crossJoin(conversations)
        .where(where)
        .orderBy(...order)
        .limit(limit)
        .offset(offset)
    : rows
        .from(conversations)
        .where(where)
        .orderBy(...order)
        .limit(limit)
        .offset(offset);
}

/** Of everything, of one status, of what is pinned or not, or of one tag the number is kept; with other filters the rows are counted. */
function totalOf(db: Database, owner: Owner, filters: ConversationFilters) {
  const { tag, status, pinned, ...others } = filters;
  const kept = Object.values(others).every((value) => value === undefined);
  const { n, pinned: pins } = conversationCounts;
  const counted = pinned === undefined ? sql`${n}` : pinned ? sql`${pins}` : sql`${n} - ${pins}`;
  if (kept && tag === undefined)
    return db
      .select({ total: sql<number>`coalesce(sum(${counted}), 0)` })
      .from(conversationCounts)
      .where(and(ownedBy(conversationCounts, owner), given(conversationCounts.status, status)));
  if (kept && status === undefined && pinned === undefined)
    return db
      .select({ total: sql<number>`${conversationTagCounts.n}` })
      .from(conversationTagCounts)
      .where(and(ownedBy(conversationTagCounts, owner), given(conversationTagCounts.tag, tag)));
  const rows = db.select({ total: sql<number>`count(*)` });
  return tag === undefined
    ? rows.from(conversations).where(visible(owner, filters))
    : rows.from(conversationTags).crossJoin(conversations).where(visible(owner, filters));
}

/** Somebody's tags with how many conversations have each, the most used first; at most a thousand. */
export async function listTags(db: Database, owner: Owner) {
  const { tag, n } = conversationTagCounts;
  return db
    .select({ tag, conversations: n })
    .from(conversationTagCounts)
    .where(ownedBy(conversationTagCounts, owner))
    .orderBy(desc(n), asc(tag))
    .limit(1000);
}

/** The rows that `owner` may see and that pass the filters: the one predicate of every read. */
function visible(owner: Owner, filters: ConversationFilters): SQL | undefined {
  const { tag, status, model, provider, pinned, match, ...times } = filters;
  const c = conversations;
  return and(
    ...(tag === undefined
      ? []
      : [
          ownedBy(conversationTags, owner),
          eq(conversationTags.tag, tag),
          eq(c.id, conversationTags.conversation_id),
        ]),
    ownedBy(c, owner),
    isNull(c.deleted_at),
    given(c.status, status),
    given(c.model, model),
    given(c.provider, provider),
    // Written out: a partial index is used where its condition is seen.
    pinned === undefined ? undefined : pinned ? sql`${c.pinned} = 1` : sql`${c.pinned} = 0`,
    between(c.created_at, times.created_after, times.created_before),
    between(c.updated_at, times.updated_after, times.updated_before),
    match === undefined ? undefined : inArray(c.id, conversationsWith(owner, match)),
  );
}

function ownedBy(table: { tenant_id: SQLiteColumn; user_id: SQLiteColumn }, owner: Owner) {
  return and(eq(table.tenant_id, owner.tenant_id), eq(table.user_id, owner.user_id));
}

function given(column: SQLiteColumn, value: string | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}

function between(column: SQLiteColumn, from: number | undefined, to: number | undefined) {
  return and(
    from === undefined ? undefined : gte(column, from),
    to === undefined ? undefined : lt(column, to),
  );
}

/** What a list is sorted by, in words that its index knows. */
function sortedBy(sort: ListQuery["sort"], tagged: boolean): { by: SQL; id: SQL } {
  const times = tagged ? conversationTags : conversations;
  const id = tagged ? conversationTags.conversation_id : conversations.id;
  const by = {
    created: sql`${times.created_at}`,
    updated: sql`${times.updated_at}`,
    title: sql`coalesce(${conversations.title}, '') COLLATE NOCASE`,
  };
  return { by: by[sort], id: sql`${id}` };
}

function cursorOf(row: typeof conversations.$inferSelect, sort: ListQuery["sort"]): Cursor {
  const at = { created: row.created_at, updated: row.updated_at, title: row.title ?? "" };
  return { at: at[sort], id: row.id };
}
