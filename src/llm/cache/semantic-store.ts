// A tenant's answers by the meaning of their questions, in the SQLite of its AnswerCache object. A
// lookup reads its own partition's rows and no others: there is nothing to filter out afterwards, and
// so nothing to forget to filter out.
import type { Config } from "../../config.ts";
import type { Sql } from "../../store/sql.ts";
import { type HotEntry, HotVectors, sizeOf } from "./hot-vectors.ts";
import { bytesOf, CLOCK_DRIFT, readKept } from "./kept.ts";
import { standInsFor } from "./likeness.ts";
import type { CacheStats, Counts, Lookup, Neighbour, Question } from "./semantic-calls.ts";
import { createAnswerSchema } from "./semantic-schema.ts";
import { Tally } from "./semantic-tally.ts";
import { cosine, fromBlob, packed, toBlob } from "./vectors.ts";

export type SemanticConfig = Pick<Config, "SEMANTIC_CACHE_TTL" | "SEMANTIC_CACHE_SIZE">;

/** Bytes of an entry. A row may have 2 MB deployed; one this long has not been worth keeping. */
const LONGEST_ROW = 1_000_000;
/** Neighbours that are looked at more closely. */
const NEAREST = 20;
/** Milliseconds between two sweeps, at least: what expires close together goes together. */
const LEAST_SWEEP = 3600_000;

type Near = { id: number; similarity: number };

export class SemanticStore {
  readonly #sql: Sql;
  readonly #config: SemanticConfig;
  readonly #tally: Tally;
  readonly #hot: HotVectors;
  #made: boolean;
  #size = 0;
  #sweepAt: number | null = null;

  /** @param made whether there are tables; they are made when there is first something to write */
  constructor(sql: Sql, config: SemanticConfig, made: boolean, hot = new HotVectors()) {
    this.#sql = sql;
    this.#config = config;
    this.#tally = new Tally(sql);
    this.#hot = hot;
    this.#made = made;
  }

  /** Reads what an earlier life of the object left. */
  load(now: number): void {
    if (!this.#made) return;
    this.#tally.load();
    this.#size = this.#counted();
    this.#sweepAt = this.#expiry(now);
  }

  find(lookup: Lookup, exact: Counts, now: number): Neighbour | null {
    this.#make();
    this.#tally.exact(exact, now);
    const found = this.#size === 0 ? null : this.#nearest(lookup, now);
    if (lookup.counts) this.#tally.semantic(found !== null, lookup.alone, now);
    return found;
  }

  /** Counts a lookup that nobody had the time for. */
  refuse(lookup: Lookup, exact: Counts, now: number): void {
    this.#make();
    this.#tally.exact(exact, now);
    if (lookup.counts) this.#tally.semantic(false, lookup.alone, now);
  }

  keep(question: Question, json: string, now: number): boolean {
    const { partition, embedder, text } = question;
    const bytes = question.vector.length + bytesOf(json) + 2 * bytesOf(text);
    const vector = bytes > LONGEST_ROW || readKept(json) === null ? null : packed(question.vector);
    if (vector === null) return false;
    this.#make();
    this.#sql.atomically(() => {
      const said = saidIn(text);
      this.#delete("partition = ? AND embedder = ? AND said = ?", partition, embedder, said);
      const over = this.#size + 1 - this.#config.SEMANTIC_CACHE_SIZE;
      if (over > 0)
        this.#tally.evicted(
          this.#delete("id IN (SELECT id FROM answers ORDER BY id LIMIT ?)", over),
          now,
        );
      const { id } = this.#sql.first<{ id: number }>(
        `INSERT INTO answers (partition, embedder, said, created_at, question, vector, answer)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        partition,
        embedder,
        said,
        now,
        text,
        toBlob(vector),
        json,
      ) ?? { id: 0 };
      this.#size++;
      this.#hot.add(roomOf(question), { id, created_at: now, text, vector });
      this.#tally.write();
    });
    this.#sweepAt ??= this.#expiry(now);
    return true;
  }

  count(exact: Counts, now: number): void {
    this.#make();
    this.#tally.exact(exact, now);
  }

  stats(): CacheStats {
    return this.#tally.stats(this.#size);
  }

  clear(partition: string | undefined, now: number): number {
    if (partition !== undefined) return this.#made ? this.#delete("partition = ?", partition) : 0;
    this.#make();
    this.#tally.raise(now);
    return this.#delete("TRUE");
  }

  get generation(): number {
    return this.#tally.generation;
  }

  /** When something is to be done next, in milliseconds; null where nothing is. */
  get dueAt(): number | null {
    const due = [this.#tally.dueAt, this.#sweepAt].filter((at) => at !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Writes what was counted, and lets go of what has expired. */
  wake(now: number): void {
    if (!this.#made) return;
    this.#tally.write();
    if (this.#sweepAt === null || this.#sweepAt > now) return;
    this.#delete("created_at <= ? OR created_at > ?", this.#oldest(now), now + CLOCK_DRIFT);
    const next = this.#expiry(now);
    this.#sweepAt = next === null ? null : Math.max(next, now + LEAST_SWEEP);
  }

  #nearest(lookup: Lookup, now: number): Neighbour | null {
    const texts = new Map<number, string>();
    const near: Near[] = [];
    const broken: number[] = [];
    for (const { id, created_at, text, vector } of this.#entries(lookup)) {
      if (created_at <= this.#oldest(now)) continue; // the sweep will find it
      const similarity = created_at > now + CLOCK_DRIFT ? null : cosine(lookup.vector, vector);
      if (similarity === null) broken.push(id);
      else if (similarity >= lookup.threshold) {
        near.push({ id, similarity });
        texts.set(id, text);
      }
    }
    near.sort((a, b) => b.similarity - a.similarity || b.id - a.id);
    const mayStand = standInsFor(lookup.text, lookup.strictness);
    let found: Neighbour | null = null;
    for (const { id, similarity } of near.slice(0, NEAREST)) {
      if (!mayStand(texts.get(id) ?? "")) continue;
      const row = this.#sql.first<{ answer: string }>(
        "SELECT answer FROM answers WHERE id = ?",
        id,
      );
      if (row !== null && readKept(row.answer) !== null) {
        found = { json: row.answer, similarity };
        break;
      }
      broken.push(id);
    }
    for (const id of broken) this.#delete("id = ?", id);
    return found;
  }

  /** A partition's newest, as many as are looked at; kept in memory. */
  #entries(lookup: Lookup): Iterable<HotEntry> {
    const room = roomOf(lookup);
    const hot = this.#hot.get(room);
    if (hot !== null) return hot;
    const read: HotEntry[] = [];
    let bytes = 0;
    for (const row of this.#sql.each<{
      id: number;
      created_at: number;
      question: string;
      vector: ArrayBuffer;
    }>(
      "SELECT id, created_at, question, vector FROM answers WHERE partition = ? AND embedder = ? ORDER BY id DESC",
      lookup.partition,
      lookup.embedder,
    )) {
      const { id, created_at, question: text } = row;
      const entry = { id, created_at, text, vector: fromBlob(row.vector) };
      bytes += sizeOf(entry);
      if (!this.#hot.takes(bytes)) break;
      read.push(entry);
    }
    this.#hot.load(room, read.toReversed());
    return read;
  }

  /** @param where written in this file, never by a caller */
  #delete(where: string, ...bindings: SqlStorageValue[]): number {
    const gone = this.#sql.all<{ id: number; partition: string; embedder: string }>(
      `DELETE FROM answers WHERE ${where} RETURNING id, partition, embedder`,
      ...bindings,
    );
    for (const row of gone) this.#hot.remove(roomOf(row), row.id);
    this.#size -= gone.length;
    return gone.length;
  }

  #oldest(now: number): number {
    return now - this.#config.SEMANTIC_CACHE_TTL * 1000;
  }

  /** When the oldest expires; null where there is none. By a clock that was wrong, no later than it would now. */
  #expiry(now: number): number | null {
    const oldest = this.#sql.first<{ at: number }>(
      "SELECT created_at AS at FROM answers ORDER BY id LIMIT 1",
    );
    const ttl = this.#config.SEMANTIC_CACHE_TTL * 1000;
    return oldest === null ? null : Math.min(oldest.at, now) + ttl;
  }

  #counted(): number {
    return this.#sql.first<{ count: number }>("SELECT count(*) AS count FROM answers")?.count ?? 0;
  }

  #make(): void {
    if (this.#made) return;
    createAnswerSchema(this.#sql);
    this.#made = true;
  }
}

const roomOf = ({ partition, embedder }: Pick<Question, "partition" | "embedder">) =>
  `${partition} ${embedder}`;

/** What two spellings of one question have in common. */
const saidIn = (text: string) => text.normalize("NFC").replaceAll(/\s+/g, " ").trim();
