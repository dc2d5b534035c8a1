// Prompts and their versions in D1. A prompt is its tenant's: every query that finds one by name
// has the tenant in its `where`. What is deleted is gone, with every version.
import { and, asc, count, desc, eq, gt, ne, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { type PromptBody, promptBodySchema } from "../protocol/prompt.ts";
import type { Database } from "./database.ts";
import { prompts, promptVersions } from "./schema.ts";

export type PromptRow = typeof prompts.$inferSelect;
export type NewPrompt = Omit<PromptRow, "latest_version" | "updated_at">;
type Page = { limit: number; offset: number };

/** Prompts a tenant may have. */
export const MOST_PROMPTS = 1_000;
/** Versions a prompt may have. */
export const MOST_VERSIONS = 1_000;

/** Stores a prompt with its first version, both or neither. Of two with one name at once, one is refused. */
export async function insertPrompt(
  db: Database,
  row: NewPrompt,
  body: PromptBody,
): Promise<{ row: PromptRow } | { refused: "name" | "too_many" }> {
  const { id, tenant_id, user_id, name, description, created_at } = row;
  const others = sql`(SELECT count(*) FROM prompts WHERE tenant_id = ${tenant_id})`;
  const [made] = await db.batch([
    db
      .insert(prompts)
      .select(
        sql`SELECT ${id}, ${tenant_id}, ${user_id}, ${name}, ${description}, 1, ${created_at}, ${created_at}
          WHERE ${others} < ${MOST_PROMPTS}`,
      )
      .onConflictDoNothing()
      .returning(),
    insertLatest(db, id, body, user_id, created_at),
  ]);
  if (made[0] !== undefined) return { row: made[0] };
  return { refused: (await promptByName(db, tenant_id, name)) === undefined ? "too_many" : "name" };
}

/** Stores `body` as the newest version; undefined where the prompt is gone. */
export async function addVersion(
  db: Database,
  prompt: PromptRow,
  body: PromptBody,
  by: { user_id: string; at: number },
): Promise<{ row: PromptRow } | { refused: "too_many" } | undefined> {
  const [changed] = await db.batch([
    db
      .update(prompts)
      .set({
        latest_version: sql`${prompts.latest_version} + 1`,
        updated_at: sql`max(${by.at}, ${prompts.updated_at})`,
      })
      .where(and(the(prompt), sql`${prompts.latest_version} < ${MOST_VERSIONS}`))
      .returning(),
    insertLatest(db, prompt.id, body, by.user_id, by.at),
  ]);
  if (changed[0] !== undefined) return { row: changed[0] };
  const [there] = await db.select({ id: prompts.id }).from(prompts).where(the(prompt));
  return there === undefined ? undefined : { refused: "too_many" };
}

/** Behind whatever says which version is the latest, in one batch; does nothing where that did nothing. */
function insertLatest(db: Database, id: string, body: PromptBody, created_by: string, at: number) {
  return db
    .insert(promptVersions)
    .select(
      sql`SELECT id, latest_version, ${JSON.stringify(body)}, ${at}, ${created_by} FROM prompts WHERE id = ${id}`,
    )
    .onConflictDoNothing();
}

/** Refused where another prompt of the tenant has the name; undefined where it is gone. */
export async function changePrompt(
  db: Database,
  prompt: PromptRow,
  change: { name?: string | undefined; description?: string | null | undefined },
  now: number,
): Promise<{ row: PromptRow } | { refused: "name" } | undefined> {
  const name = change.name ?? prompt.name;
  const other = alias(prompts, "other");
  const taken = db
    .select({ id: other.id })
    .from(other)
    .where(
      and(eq(other.tenant_id, prompt.tenant_id), eq(other.name, name), ne(other.id, prompt.id)),
    );
  const [row] = await db
    .update(prompts)
    .set({
      ...(change.name === undefined ? {} : { name }),
      ...(change.description === undefined ? {} : { description: change.description }),
      updated_at: sql`max(${now}, ${prompts.updated_at})`,
    })
    .where(and(the(prompt), notExists(taken)))
    .returning();
  if (row !== undefined) return { row };
  const holder = await promptByName(db, prompt.tenant_id, name);
  return holder === undefined || holder.id === prompt.id ? undefined : { refused: "name" };
}

export async function deletePrompt(db: Database, prompt: PromptRow): Promise<void> {
  await db.batch([
    db.delete(promptVersions).where(eq(promptVersions.prompt_id, prompt.id)),
    db.delete(prompts).where(the(prompt)),
  ]);
}

export async function promptByName(
  db: Database,
  tenant_id: string,
  name: string,
): Promise<PromptRow | undefined> {
  const [row] = await db.select().from(prompts).where(named(tenant_id, name));
  return row;
}

/** A prompt with one of its versions, the latest unless said. `body` is null where it has no such version. */
export async function promptAt(
  db: Database,
  tenant_id: string,
  name: string,
  version?: number,
): Promise<{ prompt: PromptRow; body: PromptBody | null } | undefined> {
  const [found] = await db
    .select({ prompt: prompts, body: promptVersions.body })
    .from(prompts)
    .leftJoin(
      promptVersions,
      and(
        eq(promptVersions.prompt_id, prompts.id),
        eq(promptVersions.version, version ?? prompts.latest_version),
      ),
    )
    .where(named(tenant_id, name));
  if (found === undefined) return undefined;
  const { prompt, body } = found;
  return { prompt, body: body === null ? null : promptBodySchema.parse(JSON.parse(body)) };
}

/** A page by name, without what they say. */
export async function listPrompts(
  db: Database,
  tenant_id: string,
  { limit, offset, search }: Page & { search?: string | undefined },
): Promise<{ rows: PromptRow[]; total: number }> {
  const where = and(
    eq(prompts.tenant_id, tenant_id),
    search === undefined ? undefined : gt(sql`instr(${prompts.name}, ${search.toLowerCase()})`, 0),
  );
  const [rows, totals] = await db.batch([
    db.select().from(prompts).where(where).orderBy(asc(prompts.name)).limit(limit).offset(offset),
    db.select({ total: count() }).from(prompts).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** A page of versions, newest first, without what they say. */
export async function listVersions(db: Database, prompt: PromptRow, { limit, offset }: Page) {
  const where = eq(promptVersions.prompt_id, prompt.id);
  const { version, created_at, created_by } = promptVersions;
  const [rows, totals] = await db.batch([
    db
      .select({ version, created_at, created_by })
      .from(promptVersions)
      .where(where)
      .orderBy(desc(version))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(promptVersions).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

function the({ id, tenant_id }: PromptRow) {
  return and(eq(prompts.id, id), eq(prompts.tenant_id, tenant_id));
}

function named(tenant_id: string, name: string) {
  return and(eq(prompts.tenant_id, tenant_id), eq(prompts.name, name));
}
