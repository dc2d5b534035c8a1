// Collections in D1. What somebody may search is one predicate, here and nowhere else: their own, their
// organisation's, and those that anybody may.
import { and, asc, count, eq, inArray, or, sql } from "drizzle-orm";
import { type CollectionSettings, collectionSettingsSchema } from "../protocol/knowledge.ts";
import type { Database } from "./database.ts";
import { collections, documentRemovals, documents } from "./knowledge-schema.ts";

export type CollectionRow = typeof collections.$inferSelect;
/** Whoever asks. */
type Owner = { tenant_id: string; user_id: string };
type Page = { limit: number; offset: number };

/** Collections that somebody may have. */
export const MOST_COLLECTIONS = 200;

/** In its tenant everybody may read what is shared there; what is public, everybody who knows its id. */
function readable({ tenant_id, user_id }: Owner) {
  return or(
    and(
      eq(collections.tenant_id, tenant_id),
      or(eq(collections.user_id, user_id), eq(collections.visibility, "organisation")),
    ),
    eq(collections.visibility, "public"),
  );
}

/** What somebody searches who names nothing: their own, and what is shared or public in their tenant. */
function ownOrShared({ tenant_id, user_id }: Owner) {
  return and(
    eq(collections.tenant_id, tenant_id),
    or(
      eq(collections.user_id, user_id),
      inArray(collections.visibility, ["organisation", "public"]),
    ),
  );
}

/** Null: one with that name is theirs already, or they have too many. */
export async function insertCollection(
  db: Database,
  row: CollectionRow,
): Promise<{ row: CollectionRow } | { refused: "name" | "too_many" }> {
  const { id, tenant_id, user_id, name, description, visibility, settings, created_at } = row;
  const [made] = await db
    .insert(collections)
    .select(
      sql`SELECT ${id}, ${tenant_id}, ${user_id}, ${name}, ${description}, ${visibility}, ${settings}, 1, ${created_at}, ${created_at}
        WHERE (SELECT count(*) FROM collections WHERE tenant_id = ${tenant_id} AND user_id = ${user_id}) < ${MOST_COLLECTIONS}`,
    )
    .onConflictDoNothing()
    .returning();
  if (made !== undefined) return { row: made };
  const [other] = await db
    .select({ id: collections.id })
    .from(collections)
    .where(
      and(
        eq(collections.tenant_id, tenant_id),
        eq(collections.user_id, user_id),
        eq(collections.name, name),
      ),
    );
  return { refused: other === undefined ? "too_many" : "name" };
}

/** Makes one where it is not there yet, by its id. */
export async function ensureCollection(db: Database, row: CollectionRow): Promise<CollectionRow> {
  await db.insert(collections).values(row).onConflictDoNothing();
  return (await collectionById(db, row.id)) ?? row;
}

export async function collectionById(db: Database, id: string): Promise<CollectionRow | undefined> {
  const [row] = await db.select().from(collections).where(eq(collections.id, id));
  return row;
}

/** Undefined also where it is not theirs to read: the two are not told apart. */
export async function readableCollection(
  db: Database,
  owner: Owner,
  id: string,
): Promise<CollectionRow | undefined> {
  const [row] = await db
    .select()
    .from(collections)
    .where(and(eq(collections.id, id), readable(owner)));
  return row;
}

/** Of the named ones those that may be read; without names, one's own and what is shared. */
export async function searchable(
  db: Database,
  owner: Owner,
  ids: readonly string[] | undefined,
): Promise<CollectionRow[]> {
  const where =
    ids === undefined
      ? ownOrShared(owner)
      : and(inArray(collections.id, [...ids]), readable(owner));
  return db.select().from(collections).where(where).orderBy(asc(collections.created_at)).limit(500);
}

export async function listCollections(
  db: Database,
  owner: Owner,
  { limit, offset }: Page,
): Promise<{ rows: (CollectionRow & { documents: number })[]; total: number }> {
  const where = ownOrShared(owner);
  const [rows, totals] = await db.batch([
    db
      .select({
        collection: collections,
        documents: sql<number>`(SELECT count(*) FROM documents WHERE documents.collection_id = collections.id)`,
      })
      .from(collections)
      .where(where)
      .orderBy(asc(collections.name), asc(collections.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(collections).where(where),
  ]);
  return {
    rows: rows.map(({ collection, documents: many }) =>
      Object.assign(collection, { documents: many }),
    ),
    total: totals[0]?.total ?? 0,
  };
}

type Change = {
  name?: string | undefined;
  description?: string | null | undefined;
  visibility?: CollectionRow["visibility"] | undefined;
  settings?: CollectionSettings | undefined;
};

/** Refused where another of the owner's has the name; undefined where it is gone. */
export async function changeCollection(
  db: Database,
  row: CollectionRow,
  { name, description, visibility, settings }: Change,
  now: number,
): Promise<{ row: CollectionRow } | { refused: "name" } | undefined> {
  const taken =
    name === undefined || name === row.name
      ? sql`0`
      : sql`EXISTS (SELECT 1 FROM collections other WHERE other.tenant_id = ${row.tenant_id}
          AND other.user_id = ${row.user_id} AND other.name = ${name} AND other.id <> ${row.id})`;
  const [changed] = await db
    .update(collections)
    .set({
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
      version: sql`${collections.version} + 1`,
      updated_at: now,
    })
    .where(and(eq(collections.id, row.id), sql`NOT ${taken}`))
    .returning();
  if (changed !== undefined) return { row: changed };
  return (await collectionById(db, row.id)) === undefined ? undefined : { refused: "name" };
}

/** Its documents go with it, and what they left elsewhere is written down to be removed. */
export async function deleteCollection(
  db: Database,
  { id, tenant_id }: CollectionRow,
  now: number,
): Promise<string[]> {
  const of = eq(documents.collection_id, id);
  const [, gone] = await db.batch([
    db
      .insert(documentRemovals)
      .select(sql`SELECT id, ${tenant_id}, ${now} FROM documents WHERE collection_id = ${id}`)
      .onConflictDoNothing(),
    db.delete(documents).where(of).returning({ id: documents.id }),
    db.delete(collections).where(eq(collections.id, id)),
  ]);
  return gone.map((row) => row.id);
}

/** Whatever was answered from it before was answered from something else. */
export function touched(db: Database, collection_id: string) {
  return db
    .update(collections)
    .set({ version: sql`${collections.version} + 1` })
    .where(eq(collections.id, collection_id));
}

/** A row with its settings read. */
export function withSettings(row: CollectionRow) {
  return { ...row, settings: settingsOf(row) };
}

export function settingsOf({ settings }: Pick<CollectionRow, "settings">): CollectionSettings {
  return collectionSettingsSchema.parse(JSON.parse(settings));
}
