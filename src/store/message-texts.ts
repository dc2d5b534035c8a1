// The texts that search finds, and where their words stand: statements for the projection's batch. What
// is found is asked in search.ts.
import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { parseOwnedId } from "../ids.ts";
import type { Database } from "./database.ts";
import { feedback, messageTexts } from "./schema.ts";
import { clip, indexWords, ownerTerm } from "./words.ts";

/** A message as search finds it; `text` as long as it was said. */
export type IndexedMessage = {
  id: string;
  conversation_id: string;
  tenant_id: string;
  user_id: string;
  role: "user" | "assistant";
  created_at: number;
  text: string;
};

type Title = {
  id: string;
  tenant_id: string;
  user_id: string;
  title: string | null;
  version: number;
};

/** A parameter has at most 2 MB, and a character of JSON at most 3 bytes. */
const MOST_CHARACTERS = 400_000;
/** A call to D1 deletes this many rows in this many statements: a conversation may have 100,000. */
const ROWS = 2000;
const STATEMENTS = 5;

/** FTS5's table: where the words of `message_texts` stand. */
const messageSearch = sqliteTable("message_search", {
  rowid: integer().notNull(),
  owner: text().notNull(),
  words: text().notNull(),
});

/**
 * What puts these texts into the index. What is there already stays as it is, and what is gone stays gone; of
 * a conversation that is deleted nothing is taken. A title is taken where its projection is the newest.
 */
export function indexTexts(db: Database, title: Title | null, messages: readonly IndexedMessage[]) {
  const words = messages.map(({ id, text: said, ...owner }) => ({
    id,
    owner: ownerTerm(owner),
    words: indexWords(said),
  }));
  if (title !== null && title.title !== null)
    words.push({ id: title.id, owner: ownerTerm(title), words: indexWords(title.title) });
  const texts = messages.map((message) => ({ ...message, text: clip(message.text) }));
  return [
    ...(title === null ? [] : [setTitle(db, title)]),
    ...chunks(texts).map((rows) =>
      db
        .insert(messageTexts)
        .select(
          sql`SELECT NULL, m.value ->> 'id', m.value ->> 'conversation_id', m.value ->> 'tenant_id',
            m.value ->> 'user_id', m.value ->> 'role', m.value ->> 'created_at', m.value ->> 'text'
          FROM json_each(${rows}) AS m
          WHERE NOT EXISTS (SELECT 1 FROM conversations AS c
            WHERE c.id = m.value ->> 'conversation_id' AND (c.deleted_at IS NOT NULL OR c.status = 'archived'))`,
        )
        .onConflictDoNothing({ target: messageTexts.id }),
    ),
    ...chunks(words).map((rows) =>
      db.insert(messageSearch).select(
        sql`SELECT t.rowid, w.value ->> 'owner', w.value ->> 'words'
        FROM json_each(${rows}) AS w CROSS JOIN message_texts AS t ON t.id = w.value ->> 'id'
        WHERE t.text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message_search AS s WHERE s.rowid = t.rowid)`,
      ),
    ),
  ];
}

/** Takes messages out of the index, for good: their rows stay, without text. */
export function forgetTexts(db: Database, ids: readonly string[]) {
  const gone = ids.flatMap((id) => {
    const conversation_id = parseOwnedId("msg", id)?.conversation;
    return conversation_id === undefined ? [] : [{ id, conversation_id }];
  });
  return chunks(gone).map((rows) =>
    db
      .insert(messageTexts)
      .select(
        sql`SELECT NULL, g.value ->> 'id', c.id, c.tenant_id, c.user_id, 'assistant', 0, NULL
        FROM json_each(${rows}) AS g CROSS JOIN conversations AS c ON c.id = g.value ->> 'conversation_id'
        WHERE c.deleted_at IS NULL`,
      )
      .onConflictDoUpdate({
        target: messageTexts.id,
        set: { text: null },
        setWhere: isNotNull(messageTexts.text),
      }),
  );
}

/**
 * Deletes all that was said in a conversation, and what was said of it; a few thousand rows a call.
 * @param title whether its title goes, too
 */
export async function deleteTexts(
  db: Database,
  conversation_id: string,
  title: boolean,
): Promise<void> {
  const said = title ? sql`` : sql` AND role <> 'title'`;
  const texts = db
    .delete(messageTexts)
    .where(
      inArray(
        messageTexts.rowid,
        sql`(SELECT rowid FROM ${messageTexts} WHERE ${eq(messageTexts.conversation_id, conversation_id)}${said} LIMIT ${ROWS})`,
      ),
    );
  const ratings = db
    .delete(feedback)
    .where(
      inArray(
        sql`rowid`,
        sql`(SELECT rowid FROM ${feedback} WHERE ${eq(feedback.conversation_id, conversation_id)} LIMIT ${ROWS})`,
      ),
    );
  for (;;) {
    // `changes` counts what triggers did, too: it is 0 only where there was nothing.
    const [rated, ...gone] = await db.batch([
      ratings,
      ...Array.from({ length: STATEMENTS }, () => texts),
    ]);
    if (rated.meta.changes === 0 && gone.at(-1)?.meta.changes === 0) return;
  }
}

/** The search row of a text that changes is deleted by a trigger: the new words are to follow. */
function setTitle(db: Database, { id, title, version }: Title) {
  const newest = sql`id = ${id} AND version = ${version} AND deleted_at IS NULL`;
  if (title === null)
    return db
      .update(messageTexts)
      .set({ text: null })
      .where(
        and(
          eq(messageTexts.id, id),
          isNotNull(messageTexts.text),
          sql`EXISTS (SELECT 1 FROM conversations WHERE ${newest})`,
        ),
      );
  return db
    .insert(messageTexts)
    .select(
      sql`SELECT NULL, id, id, tenant_id, user_id, 'title', created_at, ${clip(title)}
      FROM conversations WHERE ${newest}`,
    )
    .onConflictDoUpdate({
      target: messageTexts.id,
      set: { text: sql`excluded.text` },
      setWhere: sql`${messageTexts.text} IS NOT excluded.text`,
    });
}

/** As JSON arrays that each fit into a parameter; none of nothing. */
function chunks(rows: readonly object[]): string[] {
  const whole: string[] = [];
  let part: string[] = [];
  let size = 0;
  for (const json of rows.map((row) => JSON.stringify(row))) {
    if (part.length > 0 && size + json.length > MOST_CHARACTERS) {
      whole.push(`[${part.join()}]`);
      part = [];
      size = 0;
    }
    part.push(json);
    size += json.length;
  }
  return part.length === 0 ? whole : [...whole, `[${part.join()}]`];
}
