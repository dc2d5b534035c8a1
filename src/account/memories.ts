// What somebody asked to be remembered, in the SQLite of their own Account object: nobody else's can be
// found here. Each belongs to the tenant it was said in, and is not known in another.
import { fail, ok, type Result } from "../errors.ts";
import { newId } from "../ids.ts";
import { keyOf } from "../protocol/account.ts";
import { indexedText } from "../store/bigrams.ts";
import type { Sql } from "../store/sql.ts";
import { anyOf } from "./content-words.ts";

/** Memories that somebody may have in one tenant. */
export const MOST_MEMORIES = 500;
/** So few are recalled whole: relevance by words alone would miss "what do I like?". */
const FEW = 10;
const DAY = 24 * 3600_000;
/** Milliseconds after which a visitor who does not come back to them is forgotten. */
const VISITORS_KEPT = 90 * DAY;

/** Where it was said. The conversation may be gone since. */
export type Source = { conversation_id: string; message_id: string };

/** Times in milliseconds. */
export type Memory = {
  id: string;
  text: string;
  /** One that is not enabled is kept, and never recalled. */
  enabled: boolean;
  source: Source | null;
  created_at: number;
  updated_at: number;
};

/** `made`: it was not known before. */
export type Remembered = Memory & { made: boolean };
export type MemoryChange = { text?: string | undefined; enabled?: boolean | undefined };
export type MemoryPage = { limit: number; offset: number; search?: string | undefined };
/** `enabled`: whether anything is remembered and recalled in this tenant at all. */
export type MemoryList = { memories: Memory[]; total: number; enabled: boolean };
/** `facts`: whether there is any memory that another message could recall. */
export type Recalled = { memories: Memory[]; facts: "some" | "none" };

type Row = {
  id: string;
  text: string;
  source_conversation: string | null;
  source_message: string | null;
  enabled: number;
  created_at: number;
  updated_at: number;
};

const COLUMNS = "id, text, source_conversation, source_message, enabled, created_at, updated_at";

export class Memories {
  readonly #sql: Sql;
  #usedAt = 0;
  /** By tenant: whether there is something to recall. Asked of storage once. */
  readonly #some = new Map<string, boolean>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads what an earlier life of the object left. */
  load(): void {
    const row = this.#sql.first<{ at: number }>("SELECT memories_used_at AS at FROM account");
    this.#usedAt = row?.at ?? 0;
  }

  /** Whether there is something to recall. */
  facts(tenant_id: string): "some" | "none" {
    let some = this.#some.get(tenant_id);
    if (some === undefined) {
      some =
        this.#isOn(tenant_id) &&
        this.#sql.first(
          "SELECT 1 AS one FROM memories WHERE tenant_id = ? AND enabled = 1 LIMIT 1",
          tenant_id,
        ) !== null;
      this.#some.set(tenant_id, some);
    }
    return some ? "some" : "none";
  }

  /** Newest first; of a search, those that have each of its parts, be it within a word. */
  list(tenant_id: string, { limit, offset, search = "" }: MemoryPage, now: number): MemoryList {
    this.#use(now);
    const wanted = withoutAccents(search).split(" ").filter(Boolean);
    const rows = this.#sql
      .all<Row>(`SELECT ${COLUMNS} FROM memories WHERE tenant_id = ? ORDER BY n DESC`, tenant_id)
      .filter(({ text }) => {
        if (wanted.length === 0) return true;
        const plain = withoutAccents(text);
        return wanted.every((part) => plain.includes(part));
      });
    return {
      memories: rows.slice(offset, offset + limit).map(inMemory),
      total: rows.length,
      enabled: this.#isOn(tenant_id),
    };
  }

  /** Said again, in whatever case and spacing, it is the same memory; and enabled again. */
  remember(
    tenant_id: string,
    text: string,
    source: Source | null,
    now: number,
  ): Result<Remembered> {
    if (!this.#isOn(tenant_id)) return OFF;
    this.#use(now);
    const known = this.#same(tenant_id, text);
    if (known !== null) {
      const memory = known.enabled ? ok(known) : this.edit(tenant_id, known.id, ENABLED, now);
      return memory.ok ? ok({ ...memory.value, made: false }) : memory;
    }
    if (this.#count("tenant_id = ?", tenant_id) >= MOST_MEMORIES) return TOO_MANY;
    const memory: Memory = {
      id: newId("mem", now),
      text: text.trim(),
      enabled: true,
      source,
      created_at: now,
      updated_at: now,
    };
    this.#sql.atomically(() => {
      this.#sql.run(
        `INSERT INTO memories (tenant_id, said, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)`,
        tenant_id,
        saidIn(text),
        memory.id,
        memory.text,
        source?.conversation_id ?? null,
        source?.message_id ?? null,
        now,
        now,
      );
      this.#sql.run(
        "INSERT INTO memory_words (rowid, words) SELECT n, ? FROM memories WHERE id = ?",
        indexedText(memory.text),
        memory.id,
      );
    });
    this.#some.set(tenant_id, true);
    return ok({ ...memory, made: true });
  }

  edit(tenant_id: string, id: string, change: MemoryChange, now: number): Result<Memory> {
    this.#use(now);
    const before = this.#one(tenant_id, id);
    if (before === null) return unknownMemory(id);
    const text = change.text?.trim() ?? before.text;
    const enabled = change.enabled ?? before.enabled;
    if (text === before.text && enabled === before.enabled) return ok(before);
    const same = this.#same(tenant_id, text);
    if (same !== null && same.id !== id)
      return fail(
        "VALIDATION_ERROR",
        "text: another memory says this already; delete one of them",
        {
          field: "text",
          memory_id: same.id,
        },
      );
    this.#sql.atomically(() => {
      this.#sql.run(
        "UPDATE memories SET text = ?, said = ?, enabled = ?, updated_at = ? WHERE id = ?",
        text,
        saidIn(text),
        enabled ? 1 : 0,
        now,
        id,
      );
      this.#sql.run(
        "UPDATE memory_words SET words = ? WHERE rowid = (SELECT n FROM memories WHERE id = ?)",
        indexedText(text),
        id,
      );
    });
    this.#some.delete(tenant_id);
    return ok({ ...before, text, enabled, updated_at: now });
  }

  /** False where there is no such memory. */
  forget(tenant_id: string, id: string): boolean {
    return this.#delete("tenant_id = ? AND id = ?", tenant_id, id) > 0;
  }

  /** How many there were. */
  forgetAll(tenant_id: string): number {
    return this.#delete("tenant_id = ?", tenant_id);
  }

  setOn(tenant_id: string, enabled: boolean, now: number): void {
    this.#use(now);
    this.#sql.run(
      "INSERT OR REPLACE INTO memory_settings (tenant_id, memory_enabled) VALUES (?, ?)",
      tenant_id,
      enabled ? 1 : 0,
    );
    this.#some.delete(tenant_id);
  }

  /**
   * What bears on `message`: a few are recalled whole, newest first; of more, those that share a content
   * word with it, the most relevant first.
   * @param limit how many of more than a few
   */
  recall(tenant_id: string, message: string, limit: number, now: number): Recalled {
    const facts = this.facts(tenant_id);
    if (facts === "none") return { memories: [], facts };
    this.#use(now);
    const newest = this.#sql.all<Row>(
      `SELECT ${COLUMNS} FROM memories WHERE tenant_id = ? AND enabled = 1 ORDER BY n DESC LIMIT ?`,
      tenant_id,
      FEW + 1,
    );
    if (newest.length <= FEW) return { memories: newest.map(inMemory), facts };
    const words = anyOf(message);
    if (words === null) return { memories: [], facts };
    // CROSS: the words are asked first, whatever the planner thinks of it.
    const found = this.#sql.all<Row>(
      `SELECT ${COLUMNS} FROM memory_words CROSS JOIN memories ON n = memory_words.rowid
       WHERE memory_words MATCH ? AND tenant_id = ? AND enabled = 1
       ORDER BY bm25(memory_words), n DESC LIMIT ?`,
      words,
      tenant_id,
      limit,
    );
    return { memories: found.map(inMemory), facts };
  }

  /** Forgets a visitor who did not come back. True while something must be kept. */
  sweep(now: number, isVisitor: boolean): boolean {
    if (isVisitor && this.#usedAt + VISITORS_KEPT <= now) {
      this.#delete("TRUE");
      this.#sql.run("DELETE FROM memory_settings");
    }
    const kept = "SELECT 1 AS kept FROM memories UNION ALL SELECT 1 FROM memory_settings LIMIT 1";
    return this.#sql.first(kept) !== null;
  }

  #isOn(tenant_id: string): boolean {
    const setting = this.#sql.first<{ memory_enabled: number }>(
      "SELECT memory_enabled FROM memory_settings WHERE tenant_id = ?",
      tenant_id,
    );
    return setting?.memory_enabled !== 0;
  }

  #one(tenant_id: string, id: string): Memory | null {
    const row = this.#sql.first<Row>(
      `SELECT ${COLUMNS} FROM memories WHERE tenant_id = ? AND id = ?`,
      tenant_id,
      id,
    );
    return row === null ? null : inMemory(row);
  }

  #same(tenant_id: string, text: string): Memory | null {
    const row = this.#sql.first<Row>(
      `SELECT ${COLUMNS} FROM memories WHERE tenant_id = ? AND said = ?`,
      tenant_id,
      saidIn(text),
    );
    return row === null ? null : inMemory(row);
  }

  /** @param where written in this file, never by a caller; so below */
  #count(where: string, ...bindings: string[]): number {
    const query = `SELECT count(*) AS count FROM memories WHERE ${where}`;
    return this.#sql.first<{ count: number }>(query, ...bindings)?.count ?? 0;
  }

  #delete(where: string, ...bindings: string[]): number {
    const count = this.#count(where, ...bindings);
    if (count === 0) return 0;
    this.#sql.atomically(() => {
      this.#sql.run(
        `DELETE FROM memory_words WHERE rowid IN (SELECT n FROM memories WHERE ${where})`,
        ...bindings,
      );
      this.#sql.run(`DELETE FROM memories WHERE ${where}`, ...bindings);
    });
    this.#some.clear();
    return count;
  }

  /** Known by the day: it says how long a visitor has been away. */
  #use(now: number): void {
    if (now - this.#usedAt < DAY) return;
    this.#usedAt = now;
    this.#sql.run("UPDATE account SET memories_used_at = ?", now);
  }
}

const ENABLED: MemoryChange = { enabled: true };

const OFF = fail(
  "FORBIDDEN",
  'Remembering is switched off. Switch it on: PUT /api/v1/memories/settings {"enabled": true}.',
  { setting: "enabled" },
);

const TOO_MANY = fail(
  "VALIDATION_ERROR",
  `You have ${MOST_MEMORIES} memories already. Delete one first: DELETE /api/v1/memories/{id}.`,
  { limit: MOST_MEMORIES },
);

export const unknownMemory = (id: string) =>
  fail("NOT_FOUND", "No such memory. List yours with GET /api/v1/memories.", { memory_id: id });

function inMemory({ source_conversation, source_message, enabled, ...row }: Row): Memory {
  const source =
    source_conversation === null || source_message === null
      ? null
      : { conversation_id: source_conversation, message_id: source_message };
  return { ...row, source, enabled: enabled === 1 };
}

/** What two spellings of one text have in common. */
function saidIn(text: string): string {
  return keyOf(text).replaceAll(/\s+/g, " ").trim();
}

/** For whoever looks for "cafe" and means "café". */
function withoutAccents(text: string): string {
  return saidIn(text.normalize("NFKD").replaceAll(/\p{M}/gu, ""));
}
