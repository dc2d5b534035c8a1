// Documents in D1: what was brought, and how far it has come. Every change of how far names the version
// it is about: what comes late, of content that was replaced, changes nothing.
import { and, asc, count, desc, eq, inArray, lt, ne, sql } from "drizzle-orm";
import { collectionById, touched } from "./collections.ts";
import type { Database } from "./database.ts";
import { documentRemovals, documents } from "./knowledge-schema.ts";

export type DocumentRow = typeof documents.$inferSelect;
export type DocumentStatus = DocumentRow["status"];
type Page = { limit: number; offset: number };

export type NewDocument = Pick<
  DocumentRow,
  | "id"
  | "tenant_id"
  | "user_id"
  | "collection_id"
  | "name"
  | "title"
  | "url"
  | "bytes"
  | "content_hash"
  | "metadata"
> & { at: number };

/**
 * A document that is to be indexed: a new one, or the next version of the one with its name.
 * Where its collection has the same content already, that document is answered, unchanged.
 * @returns undefined where the collection is gone
 */
export async function bringDocument(
  db: Database,
  document: NewDocument,
): Promise<{ row: DocumentRow; brought: boolean } | undefined> {
  const { id, tenant_id, user_id, collection_id, name, title, url, at } = document;
  const { bytes, content_hash: hash } = document;
  const metadata = JSON.stringify(document.metadata);
  const [made] = await db
    .insert(documents)
    .select(
      sql`SELECT ${id}, ${tenant_id}, ${user_id}, ${collection_id}, ${name}, ${title}, ${url}, NULL, ${bytes},
            ${hash}, 1, NULL, 'queued', NULL, NULL, NULL, 0, NULL, 0, ${metadata}, NULL, ${at}, ${at}, NULL
          WHERE EXISTS (SELECT 1 FROM collections WHERE collections.id = ${collection_id}) AND (NOT EXISTS (
            SELECT 1 FROM documents same
            WHERE same.collection_id = ${collection_id} AND same.content_hash = ${hash} AND same.status <> 'failed')
          -- What has the name and says something else, or of which something else is said, is replaced all the same.
          OR EXISTS (
            SELECT 1 FROM documents named
            WHERE named.collection_id = ${collection_id} AND named.name = ${name}
              AND (named.content_hash IS NOT ${hash} OR named.metadata <> ${metadata}
                   OR (${title} IS NOT NULL AND named.title IS NOT ${title}))))`,
    )
    .onConflictDoUpdate({
      target: [documents.collection_id, documents.name],
      set: {
        version: sql`${documents.version} + 1`,
        user_id,
        title,
        url,
        bytes,
        content_hash: hash,
        metadata: document.metadata,
        ...QUEUED,
        updated_at: at,
      },
    })
    .returning();
  if (made !== undefined) return { row: made, brought: true };
  const [same] = await db
    .select()
    .from(documents)
    .where(
      and(
        eq(documents.collection_id, collection_id),
        eq(documents.content_hash, hash ?? ""),
        ne(documents.status, "failed"),
      ),
    )
    .orderBy(asc(documents.created_at))
    .limit(1);
  if (same !== undefined) return { row: same, brought: false };
  if ((await collectionById(db, collection_id)) === undefined) return undefined;
  return bringDocument(db, document); // the same was deleted in between
}

const QUEUED = {
  status: "queued",
  reason: null,
  error: null,
  pages: null,
  pages_done: 0,
  chunks: null,
  chunks_done: 0,
} as const;

export async function documentById(db: Database, id: string): Promise<DocumentRow | undefined> {
  const [row] = await db.select().from(documents).where(eq(documents.id, id));
  return row;
}

/** Newest first, of these collections. */
export async function listDocuments(
  db: Database,
  collections: readonly string[],
  { limit, offset, status }: Page & { status?: DocumentStatus | undefined },
): Promise<{ rows: DocumentRow[]; total: number }> {
  const where = and(
    sql`${documents.collection_id} IN (SELECT value FROM json_each(${JSON.stringify(collections)}))`,
    status === undefined ? undefined : eq(documents.status, status),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(documents)
      .where(where)
      .orderBy(desc(documents.updated_at), desc(documents.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(documents).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

type Version = Pick<DocumentRow, "id" | "version">;

const the = ({ id, version }: Version) => and(eq(documents.id, id), eq(documents.version, version));

/** How far it has come. Undefined where it is gone, or was replaced. */
export async function progressed(
  db: Database,
  of: Version,
  change: Partial<
    Pick<
      DocumentRow,
      | "status"
      | "kind"
      | "title"
      | "bytes"
      | "content_hash"
      | "pages"
      | "pages_done"
      | "chunks"
      | "chunks_done"
      | "described"
    >
  >,
  now: number,
): Promise<DocumentRow | undefined> {
  const [row] = await db
    .update(documents)
    .set({ ...change, updated_at: now })
    .where(the(of))
    .returning();
  return row;
}

/** It can be found from now on. */
export async function indexed(db: Database, row: DocumentRow, now: number): Promise<void> {
  await db.batch([
    db
      .update(documents)
      .set({
        status: "indexed",
        live_version: row.version,
        chunks_done: sql`${documents.chunks}`,
        pages_done: sql`coalesce(${documents.pages}, 0)`,
        reason: null,
        error: null,
        updated_at: now,
        indexed_at: now,
      })
      .where(the(row)),
    touched(db, row.collection_id),
  ]);
}

/** What was live before stays so. */
export async function failed(
  db: Database,
  of: Version,
  why: { reason: string; error: string },
  now: number,
): Promise<void> {
  await db
    .update(documents)
    .set({ status: "failed", ...why, updated_at: now })
    .where(the(of));
}

/** Begins anew with what is there. Undefined where it is gone. */
export async function requeued(
  db: Database,
  id: string,
  now: number,
): Promise<DocumentRow | undefined> {
  const [row] = await db
    .update(documents)
    .set({
      ...QUEUED,
      version: sql`${documents.version} + 1`,
      // What an address says is fetched anew.
      content_hash: sql`CASE WHEN ${documents.url} IS NULL THEN ${documents.content_hash} END`,
      updated_at: now,
    })
    .where(eq(documents.id, id))
    .returning();
  return row;
}

/** Gone for everybody at once; what it left elsewhere is written down to be removed. */
export async function deleteDocuments(
  db: Database,
  rows: readonly Pick<DocumentRow, "id" | "tenant_id" | "collection_id">[],
  now: number,
): Promise<void> {
  for (const { id, tenant_id, collection_id } of rows)
    await db.batch([
      db
        .insert(documentRemovals)
        .values({ document_id: id, tenant_id, requested_at: now })
        .onConflictDoNothing(),
      db.delete(documents).where(eq(documents.id, id)),
      touched(db, collection_id),
    ]);
}

/** What waits to be taken out elsewhere, oldest first. */
export async function removals(db: Database, most: number) {
  return db.select().from(documentRemovals).orderBy(asc(documentRemovals.requested_at)).limit(most);
}

export async function removed(db: Database, ids: readonly string[]): Promise<void> {
  await db.delete(documentRemovals).where(inArray(documentRemovals.document_id, [...ids]));
}

/** What has been waiting since before `before`: its message was lost. */
export async function stuck(db: Database, before: number, most: number): Promise<DocumentRow[]> {
  return db
    .select()
    .from(documents)
    .where(
      and(inArray(documents.status, ["queued", "processing"]), lt(documents.updated_at, before)),
    )
    .orderBy(asc(documents.updated_at))
    .limit(most);
}

/** The same of these documents; each is told of once, and waits anew from now on. */
export async function takenUp(
  db: Database,
  ids: readonly string[],
  before: number,
  now: number,
): Promise<DocumentRow[]> {
  return db
    .update(documents)
    .set({ updated_at: now })
    .where(
      and(
        sql`${documents.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
        inArray(documents.status, ["queued", "processing"]),
        lt(documents.updated_at, before),
      ),
    )
    .returning();
}
