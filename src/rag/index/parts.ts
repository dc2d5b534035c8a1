// What an index holds: versions of documents, their chunks and words. A version is staged, then live in
// one step, then dead until it is cleared away; searches see what is live and nothing else.
import { z } from "zod";
import { pagesSchema } from "../../protocol/knowledge.ts";
import type { Sql } from "../../store/sql.ts";
import { ftsText } from "../words/terms.ts";
import type { Begun, Candidate, DocumentHead, Kept, NewPart, Part, StagedChunk } from "./calls.ts";

export type PartRow = Part & {
  collection: string;
  state: "staged" | "live" | "dead";
  head: string;
  total: number;
  staged: number;
};

export const chunkIdOf = ({ document, version }: Part, position: number) =>
  `${document}:${version}:${position}`;

/** Null for what is no chunk's id. */
export function parseChunkId(id: string): (Part & { position: number }) | null {
  const match = /^(doc_[0-9a-z]+):(\d{1,9}):(\d{1,9})$/.exec(id);
  if (match?.[1] === undefined) return null;
  return { document: match[1], version: Number(match[2]), position: Number(match[3]) };
}

/** A collection as a word of the index. */
export const scopeTerm = (collection: string) => collection.replaceAll("_", "");

/** The name of a part among vectors. */
export const partOf = ({ document, version }: Part) => `${document}:${version}`;

/** What of a chunk is embedded: where it stands, and its text. */
export function embeddedText(
  head: DocumentHead,
  headings: readonly string[],
  text: string,
): string {
  const place = [...new Set([head.title ?? head.name, ...headings])].join(" > ");
  return `${place}\n${text}`;
}

export function begin(sql: Sql, part: NewPart): Begun {
  if (isRemoved(sql, part.document)) return "gone";
  const newest = sql.first<{ version: number }>(
    "SELECT max(version) AS version FROM parts WHERE document = ? AND version > ? HAVING version IS NOT NULL",
    part.document,
    part.version,
  );
  if (newest !== null) return "gone";
  const known = readPart(sql, part);
  if (known?.state === "live") return "live";
  if (known?.state === "dead") return "gone";
  if (known !== null && known.total === part.total && known.staged === known.total) return "staged";
  sql.atomically(() => {
    if (known !== null) clearChunks(sql, part, Infinity);
    // What an earlier version had staged is no longer wanted.
    sql.run(
      "UPDATE parts SET state = 'dead' WHERE document = ? AND version < ? AND state = 'staged'",
      part.document,
      part.version,
    );
    sql.run(
      `INSERT INTO parts (document, version, collection, state, head, total) VALUES (?, ?, ?, 'staged', ?, ?)
       ON CONFLICT (document, version) DO UPDATE SET head = excluded.head, total = excluded.total, staged = 0`,
      part.document,
      part.version,
      part.collection,
      JSON.stringify(part.head),
      part.total,
    );
  });
  return "kept";
}

/** @param hashes of what is embedded of each */
export function stage(
  sql: Sql,
  part: Part,
  chunks: readonly StagedChunk[],
  hashes: readonly string[],
): Kept {
  const known = readPart(sql, part);
  if (known === null || known.state !== "staged") return "gone";
  const head = headOf(known.head);
  const title = ftsText(head.title ?? head.name);
  const scope = scopeTerm(known.collection);
  sql.atomically(() => {
    let next = known.staged;
    let words = 0;
    for (const [at, chunk] of chunks.entries()) {
      if (chunk.position !== next) continue; // staged before
      const body = ftsText(chunk.text);
      const length = body === "" ? 0 : body.split(" ").length;
      const { row } = sql.first<{ row: number }>(
        `INSERT INTO chunks (document, version, position, text, page, pages, headings, overlap, length, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row`,
        part.document,
        part.version,
        chunk.position,
        chunk.text,
        chunk.page,
        JSON.stringify(chunk.pages),
        JSON.stringify(chunk.heading_path),
        chunk.overlap,
        length,
        hashes[at] ?? "",
      ) ?? { row: 0 };
      sql.run(
        "INSERT INTO words (rowid, title, headings, body, scope) VALUES (?, ?, ?, ?, ?)",
        row,
        title,
        ftsText(chunk.heading_path.join("\n")),
        body,
        scope,
      );
      next += 1;
      words += length;
    }
    sql.run(
      "UPDATE parts SET staged = ? WHERE document = ? AND version = ?",
      next,
      part.document,
      part.version,
    );
    sql.run(
      "UPDATE index_meta SET chunks = chunks + ?, length = length + ?",
      next - known.staged,
      words,
    );
  });
  return "kept";
}

/** Makes a whole version the one that searches see. */
export function publish(sql: Sql, part: Part): void {
  sql.atomically(() => {
    sql.run(
      "UPDATE parts SET state = 'dead' WHERE document = ? AND version < ?",
      part.document,
      part.version,
    );
    sql.run(
      "UPDATE parts SET state = 'live' WHERE document = ? AND version = ?",
      part.document,
      part.version,
    );
  });
}

/** Nothing of a removed document is found from here on, and nothing late brings it back. */
export function remove(sql: Sql, documents: readonly string[]): void {
  const list = JSON.stringify(documents);
  sql.atomically(() => {
    sql.run("INSERT OR IGNORE INTO removed SELECT value FROM json_each(?)", list);
    sql.run(
      "UPDATE parts SET state = 'dead' WHERE document IN (SELECT value FROM json_each(?))",
      list,
    );
  });
}

export function deadPart(sql: Sql): PartRow | null {
  return sql.first<PartRow>("SELECT * FROM parts WHERE state = 'dead' LIMIT 1");
}

export function lastPositions(sql: Sql, { document, version }: Part, most: number): number[] {
  return sql
    .all<{ position: number }>(
      "SELECT position FROM chunks WHERE document = ? AND version = ? ORDER BY position DESC LIMIT ?",
      document,
      version,
      most,
    )
    .map(({ position }) => position);
}

/** As many of a part's last chunks, and their words. */
export function clearChunks(sql: Sql, part: Part, most: number): void {
  sql.atomically(() => {
    const rows = sql.all<{ row: number; length: number }>(
      "SELECT row, length FROM chunks WHERE document = ? AND version = ? ORDER BY position DESC LIMIT ?",
      part.document,
      part.version,
      Number.isFinite(most) ? most : -1,
    );
    for (const { row } of rows) sql.run("DELETE FROM words WHERE rowid = ?", row);
    const list = JSON.stringify(rows.map(({ row }) => row));
    sql.run("DELETE FROM chunks WHERE row IN (SELECT value FROM json_each(?))", list);
    sql.run(
      "UPDATE index_meta SET chunks = chunks - ?, length = length - ?",
      rows.length,
      rows.reduce((sum, { length }) => sum + length, 0),
    );
  });
}

export function dropPart(sql: Sql, { document, version }: Part): void {
  sql.atomically(() => {
    sql.run("DELETE FROM progress WHERE document = ? AND version = ?", document, version);
    sql.run("DELETE FROM parts WHERE document = ? AND version = ?", document, version);
  });
}

export function readPart(sql: Sql, { document, version }: Part): PartRow | null {
  return sql.first<PartRow>(
    "SELECT * FROM parts WHERE document = ? AND version = ?",
    document,
    version,
  );
}

function isRemoved(sql: Sql, document: string): boolean {
  return sql.first("SELECT 1 AS gone FROM removed WHERE document = ?", document) !== null;
}

export type ChunkRow = Part & {
  row: number;
  collection: string;
  position: number;
  text: string;
  page: number | null;
  pages: string;
  headings: string;
  overlap: number;
  head: string;
};

/** Columns of {@link ChunkRow}, of live parts alone. Chunks first: SQLite would begin with all that is live. */
export const LIVE_CHUNKS = `
  SELECT chunks.row, chunks.document, chunks.version, chunks.position, chunks.text, chunks.page, chunks.pages,
         chunks.headings, chunks.overlap, parts.collection, parts.head
  FROM chunks CROSS JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
  WHERE parts.state = 'live'`;

const headingsSchema = z.array(z.string());

export function candidateOf(
  row: ChunkRow,
  scores: Pick<Candidate, "semantic" | "keyword" | "lexical" | "vector">,
): Candidate {
  const { document, version, position, text, page, overlap, collection } = row;
  return {
    chunk_id: chunkIdOf(row, position),
    document,
    version,
    collection,
    position,
    text,
    overlap,
    page,
    pages: pagesSchema.parse(JSON.parse(row.pages)),
    heading_path: headingsSchema.parse(JSON.parse(row.headings)),
    head: headOf(row.head),
    ...scores,
  };
}

export const NO_SCORES = {
  semantic: null,
  keyword: null,
  lexical: 0,
  matched: 0,
  vector: null,
} as const;

export function headOf(json: string): DocumentHead {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `begin`, from a DocumentHead
  return JSON.parse(json) as DocumentHead;
}
