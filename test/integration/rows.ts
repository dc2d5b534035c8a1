// Rows as Conversation objects tell D1 of them, told directly.
import { env } from "cloudflare:workers";
import { newConversationId, ownedId } from "../../src/ids.ts";
import { type ConversationProjection, projectionSchema } from "../../src/store/conversations.ts";
import { databases } from "../../src/store/database.ts";
import type { IndexedMessage } from "../../src/store/message-texts.ts";
import { type Changes, projectChanges } from "../../src/store/projection.ts";
import { Client } from "./client.ts";

export const db = databases(env.DB)("");

export type Owner = { tenant_id: string; user_id: string };

/** A visitor of the Worker, and whom their rows belong to. */
export async function visitor(): Promise<{ client: Client; owner: Owner }> {
  const client = new Client();
  await client.json("/api/v1/conversations");
  const user_id = /^ewv_(user_\w{26})/.exec(String(client.token))?.[1];
  if (user_id === undefined) throw new Error(`not a visitor's token: ${client.token}`);
  return { client, owner: { tenant_id: user_id, user_id } };
}

export function conversation(
  owner: Owner,
  facts: Partial<ConversationProjection> = {},
): ConversationProjection {
  const at = facts.updated_at ?? Date.now();
  return projectionSchema.parse({
    id: newConversationId(Date.now()),
    ...owner,
    title: null,
    status: "active",
    provider: "stub",
    model: "stub-1",
    message_count: 0,
    preview: "",
    created_at: at,
    updated_at: at,
    deleted_at: null,
    version: 1,
    ...facts,
  });
}

export function message(
  of: ConversationProjection,
  n: number,
  text: string,
  facts: Partial<IndexedMessage> = {},
): IndexedMessage {
  return {
    id: ownedId("msg", of.id, n),
    conversation_id: of.id,
    tenant_id: of.tenant_id,
    user_id: of.user_id,
    role: n % 2 === 1 ? "user" : "assistant",
    created_at: of.created_at + n,
    text,
    ...facts,
  };
}

export async function told(changes: Partial<Changes>): Promise<void> {
  await projectChanges(
    db,
    {
      conversation: null,
      messages: [],
      gone: [],
      feedback: [],
      requests: [],
      events: [],
      unsaid: [],
      ...changes,
    },
    Date.now(),
  );
}

/** Runs a statement of drizzle's as D1 meters it. */
export async function metered(query: { toSQL: () => { sql: string; params: unknown[] } }) {
  const { sql, params } = query.toSQL();
  return env.DB.prepare(sql)
    .bind(...params)
    .all();
}

/** How SQLite goes about it. */
export async function planOf(query: {
  toSQL: () => { sql: string; params: unknown[] };
}): Promise<string> {
  const { sql, params } = query.toSQL();
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join("\n");
}

/** One number that D1 says. */
export async function numberOf(sql: string, ...params: unknown[]): Promise<number> {
  const row = await env.DB.prepare(sql)
    .bind(...params)
    .first<Record<string, number>>();
  return Object.values(row ?? {})[0] ?? -1;
}

/** The database, and what D1's meter said of each statement of a batch. */
export function watched() {
  const meters: D1Meta[] = [];
  const watching = new Proxy(env.DB, {
    get: (real, name) =>
      name === "batch"
        ? async (statements: D1PreparedStatement[]) => {
            const answers = await real.batch(statements);
            meters.push(...answers.map(({ meta }) => meta));
            return answers;
          }
        : real.prepare.bind(real),
  });
  return { database: databases(watching)(""), meters };
}
