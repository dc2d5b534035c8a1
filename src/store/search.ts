// What search asks of D1: the texts of one owner that have all the words, the best or the newest first.
import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { textRoleSchema } from "../protocol/conversation.ts";
import type { Database } from "./database.ts";

type Owner = { tenant_id: string; user_id: string };

export type SearchQuery = {
  /** As `matchQuery` makes it for this owner. */
  match: string;
  limit: number;
  offset: number;
  sort: "relevance" | "recent";
  role?: z.infer<typeof textRoleSchema> | undefined;
  conversation_id?: string | undefined;
  /** Milliseconds: said at it or later. */
  after?: number | undefined;
  /** Milliseconds: said before it. */
  before?: number | undefined;
};

/** Of what is found the newest this many are weighed and counted, so that a word said every day stays cheap. */
const MOST_MATCHES = 1000;

const foundSchema = z.object({
  id: z.string(),
  conversation_id: z.string(),
  conversation_title: z.string().nullable(),
  role: textRoleSchema,
  created_at: z.number(),
  text: z.string(),
  /** From 1, for the best there is, down to 0. */
  score: z.number(),
});
export type Found = z.infer<typeof foundSchema>;

/** A page of what is found. Scores are relative: by themselves they would tell how often others use a word. */
export async function searchTexts(
  db: Database,
  owner: Owner,
  query: SearchQuery,
): Promise<{ found: Found[]; total: number }> {
  const rows = await db.all<Record<string, unknown>>(searchStatement(owner, query));
  const total = z.object({ total: z.number() }).parse(rows[0]).total;
  return { total, found: z.array(foundSchema).parse(rows.filter(({ id }) => id !== null)) };
}

/** At least one row, which has the total; a page that is empty has nothing else in it. */
export function searchStatement(owner: Owner, query: SearchQuery): SQL {
  const { limit, offset, sort } = query;
  const order =
    sort === "recent" ? sql`page.created_at DESC, page.row DESC` : sql`page.rank, page.row DESC`;
  return sql`
    WITH matches AS MATERIALIZED (${matches(owner, query)}),
    whole AS (SELECT count(*) AS total, min(rank) AS best FROM matches),
    page AS (SELECT * FROM matches AS page ORDER BY ${order} LIMIT ${limit} OFFSET ${offset})
    SELECT whole.total, t.id, t.conversation_id, c.title AS conversation_title, t.role, t.created_at, t.text,
      round(page.rank / whole.best, 3) AS score
    FROM whole LEFT JOIN page ON true LEFT JOIN message_texts AS t ON t.rowid = page.row
      LEFT JOIN conversations AS c ON c.id = t.conversation_id
    ORDER BY ${order}`;
}

/**
 * The conversations in whose title or messages something is found; for a condition `IN` of live ones. All of
 * them: one in which a word is said every day does not hide the others, and nothing is weighed here.
 */
export function conversationsWith(owner: Owner, match: string): SQL {
  return sql`(
    SELECT t.conversation_id FROM message_search AS s CROSS JOIN message_texts AS t ON t.rowid = s.rowid
    WHERE message_search MATCH ${match} AND ${ownedBy(owner)})`;
}

/**
 * The owner is a term of MATCH, so that FTS5 never walks the rows of others, and a condition besides. CROSS keeps
 * SQLite to this order; by rowid, the newest first, FTS5 sorts by itself and stops early.
 */
function matches(owner: Owner, query: Omit<SearchQuery, "limit" | "offset" | "sort">): SQL {
  const { match, role, conversation_id, after, before } = query;
  const conditions = [
    sql`message_search MATCH ${match}`,
    ownedBy(owner),
    ...(role === undefined ? [] : [sql`t.role = ${role}`]),
    ...(conversation_id === undefined ? [] : [sql`t.conversation_id = ${conversation_id}`]),
    ...(after === undefined ? [] : [sql`t.created_at >= ${after}`]),
    ...(before === undefined ? [] : [sql`t.created_at < ${before}`]),
  ];
  return sql`
    SELECT s.rowid AS row, t.conversation_id, t.created_at, bm25(message_search, 0.0, 1.0) AS rank
    FROM message_search AS s CROSS JOIN message_texts AS t ON t.rowid = s.rowid
      CROSS JOIN conversations AS live ON live.id = t.conversation_id AND live.deleted_at IS NULL
    WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY s.rowid DESC LIMIT ${MOST_MATCHES}`;
}

function ownedBy(owner: Owner): SQL {
  return sql`t.tenant_id = ${owner.tenant_id} AND t.user_id = ${owner.user_id}`;
}
