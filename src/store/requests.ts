// Requests that are answered before they are done, in D1: whose they are and how they ended. From
// `processing` they go to another state once; what comes later changes nothing.
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  ne,
  or,
  sql,
} from "drizzle-orm";
import type { RequestState } from "../protocol/request.ts";
import type { Database } from "./database.ts";
import { requests } from "./webhook-schema.ts";

export type RequestRow = typeof requests.$inferSelect;
type Owner = Pick<RequestRow, "tenant_id" | "user_id">;

/** How a request ended, as the object that ran it tells. */
export type RequestEnd = Owner & {
  track_id: string;
  conversation_id: string;
  turn_id: string;
  batch_id: string | null;
  status: RequestState;
  error: string | null;
  at: number;
};

export async function insertRequests(db: Database, rows: readonly RequestRow[]): Promise<void> {
  const [first, ...rest] = rows.map((row) => db.insert(requests).values(row).onConflictDoNothing());
  if (first !== undefined) await db.batch([first, ...rest]);
}

/** It may be told before whoever accepted the request has written it down. */
export function endRequests(db: Database, ends: readonly RequestEnd[]) {
  return ends.map(({ at, ...end }) =>
    db
      .insert(requests)
      .values({ ...end, waiting: null, created_at: at, updated_at: at })
      .onConflictDoUpdate({
        target: requests.track_id,
        set: {
          status: end.status,
          error: end.error,
          conversation_id: end.conversation_id,
          turn_id: end.turn_id,
          waiting: null,
          updated_at: at,
        },
        setWhere: eq(requests.status, "processing"),
      }),
  );
}

/** Ends one by hand; without rows where it had ended. */
export function endRequest(
  db: Database,
  track_id: string,
  end: { status: RequestState; error: string | null; at: number },
) {
  return db
    .update(requests)
    .set({ status: end.status, error: end.error, waiting: null, updated_at: end.at })
    .where(and(eq(requests.track_id, track_id), eq(requests.status, "processing")))
    .returning();
}

/** That it ended so, and not otherwise. */
export const endedAs = (track_id: string, { status, at }: { status: RequestState; at: number }) =>
  sql`EXISTS (SELECT 1 FROM requests WHERE track_id = ${track_id} AND status = ${status} AND updated_at = ${at})`;

/** @param since those that ended before are forgotten */
const remembered = (since: number) =>
  or(eq(requests.status, "processing"), gt(requests.updated_at, since));

export async function requestOf(
  db: Database,
  owner: Owner,
  track_id: string,
  since: number,
): Promise<RequestRow | undefined> {
  const [row] = await db
    .select()
    .from(requests)
    .where(and(eq(requests.track_id, track_id), owned(owner), remembered(since)));
  return row;
}

/** Without what it is to say, which may be large. */
export type ListedRequest = Omit<RequestRow, "waiting">;
const { waiting: _waiting, ...WITHOUT_BODY } = getTableColumns(requests);

export async function listRequests(
  db: Database,
  owner: Owner,
  since: number,
  { status, batch_id, limit, offset }: Filter,
): Promise<{ rows: ListedRequest[]; total: number }> {
  const where = and(
    owned(owner),
    remembered(since),
    status === undefined ? undefined : eq(requests.status, status),
    batch_id === undefined ? undefined : eq(requests.batch_id, batch_id),
  );
  const [rows, [counted]] = await db.batch([
    db
      .select(WITHOUT_BODY)
      .from(requests)
      .where(where)
      .orderBy(desc(requests.created_at), desc(requests.track_id))
      .limit(limit)
      .offset(offset),
    db
      .select({ total: sql<number>`count(*)` })
      .from(requests)
      .where(where),
  ]);
  return { rows, total: counted?.total ?? 0 };
}

type Filter = {
  status?: RequestState | undefined;
  batch_id?: string | undefined;
  limit: number;
  offset: number;
};

/** @returns how many went */
export async function forgetRequests(db: Database, before: number, most: number): Promise<number> {
  const old = db
    .select({ track_id: requests.track_id })
    .from(requests)
    .where(and(lt(requests.updated_at, before), ne(requests.status, "processing")))
    .limit(most);
  const gone = await db
    .delete(requests)
    .where(inArray(requests.track_id, old))
    .returning({ track_id: requests.track_id });
  return gone.length;
}

const owned = ({ tenant_id, user_id }: Owner) =>
  and(eq(requests.tenant_id, tenant_id), eq(requests.user_id, user_id));

/** Requests of a batch that are being answered, and those that wait, in their order. */
export async function batchStands(
  db: Database,
  batch_id: string,
  most: number,
): Promise<{ running: number; waiting: RequestRow[] }> {
  const open = and(eq(requests.batch_id, batch_id), eq(requests.status, "processing"));
  const [[counted], waiting] = await db.batch([
    db
      .select({ running: sql<number>`count(*)` })
      .from(requests)
      .where(and(open, isNotNull(requests.turn_id))),
    db
      .select()
      .from(requests)
      .where(and(open, isNull(requests.turn_id)))
      .orderBy(asc(requests.created_at))
      .limit(most),
  ]);
  return { running: counted?.running ?? 0, waiting };
}

/** All of a batch, in their order. */
export async function requestsOfBatch(
  db: Database,
  owner: Owner,
  batch_id: string,
): Promise<ListedRequest[]> {
  return db
    .select(WITHOUT_BODY)
    .from(requests)
    .where(and(eq(requests.batch_id, batch_id), owned(owner)))
    .orderBy(asc(requests.created_at));
}

/** Gives a request of a batch the conversation it is going to be said in: the same one, however often it is asked for. */
export async function placeRequest(
  db: Database,
  track_id: string,
  conversation_id: string,
): Promise<string | null> {
  const [row] = await db
    .update(requests)
    .set({ conversation_id: sql`COALESCE(${requests.conversation_id}, ${conversation_id})` })
    .where(and(eq(requests.track_id, track_id), eq(requests.status, "processing")))
    .returning({ conversation_id: requests.conversation_id });
  return row?.conversation_id ?? null;
}

/** Its turn was accepted. What it was to say is in its conversation now. @returns false where it was cancelled meanwhile */
export async function beganRequest(
  db: Database,
  track_id: string,
  turn_id: string,
): Promise<boolean> {
  const rows = await db
    .update(requests)
    .set({ turn_id, waiting: null })
    .where(eq(requests.track_id, track_id))
    .returning({ status: requests.status });
  return rows[0]?.status !== "cancelled";
}

/** Batches in which something waits, and has for longer than it should. */
export async function stuckBatches(
  db: Database,
  before: number,
  most: number,
): Promise<{ tenant_id: string; batch_id: string }[]> {
  const rows = await db
    .selectDistinct({ tenant_id: requests.tenant_id, batch_id: requests.batch_id })
    .from(requests)
    .where(
      and(
        isNotNull(requests.batch_id),
        eq(requests.status, "processing"),
        isNull(requests.turn_id),
        lt(requests.updated_at, before),
      ),
    )
    .limit(most);
  return rows.flatMap(({ tenant_id, batch_id }) =>
    batch_id === null ? [] : { tenant_id, batch_id },
  );
}
