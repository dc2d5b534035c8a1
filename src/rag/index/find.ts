// What a shard finds: by words in FTS5, by meaning among vectors, in what is live and allowed. How the
// two are weighed against each other is not decided here.
import type { Sql } from "../../store/sql.ts";
import { ftsQuery, queryTermsOf } from "../words/terms.ts";
import type { Candidate, IndexAnswer, IndexQuery, Part, TermStatistics } from "./calls.ts";
import { whereOf } from "./filters.ts";
import {
  candidateOf,
  type ChunkRow,
  chunkIdOf,
  LIVE_CHUNKS,
  parseChunkId,
  partOf,
  scopeTerm,
} from "./parts.ts";
import type { IndexVectors } from "./vectors.ts";

type Hit = { row: number; score: number };
type Scored = Pick<Candidate, "semantic" | "keyword" | "vector">;

/** Which parts may be found. `parts`: null for all that is live in the collections. */
type Scope = { collections: readonly string[]; whole: boolean; parts: Part[] | null };

export async function find(
  sql: Sql,
  vectors: IndexVectors,
  query: IndexQuery,
  generation: number,
): Promise<IndexAnswer> {
  const scope = scopeOf(sql, query);
  const terms = queryTermsOf(query.text);
  const statistics = statisticsOf(sql, terms);
  if (scope.collections.length === 0 || scope.parts?.length === 0)
    return { candidates: [], statistics };
  const byWords = query.words ? keyword(sql, scope, terms, query.limit) : [];
  const byMeaning = await semantic(sql, vectors, scope, query, generation);
  const scores = new Map<number, Scored>();
  for (const { row, score } of byWords)
    scores.set(row, { semantic: null, keyword: score, vector: null });
  for (const { row, score } of byMeaning) {
    const known = scores.get(row);
    scores.set(row, { semantic: score, keyword: known?.keyword ?? null, vector: null });
  }
  // What is live is read once, after all that was waited for: old or new, never both.
  const rows = sql.all<ChunkRow>(
    `${LIVE_CHUNKS} AND chunks.row IN (SELECT value FROM json_each(?))`,
    JSON.stringify([...scores.keys()]),
  );
  await fillVectors(vectors, query, generation, rows, scores);
  return {
    candidates: rows.map((row) =>
      candidateOf(row, scores.get(row.row) ?? { semantic: null, keyword: null, vector: null }),
    ),
    statistics,
  };
}

function scopeOf(sql: Sql, { collections, filters }: IndexQuery): Scope {
  const known = sql
    .all<{ collection: string }>(
      "SELECT DISTINCT collection FROM parts WHERE state = 'live'",
    )
    .map(({ collection }) => collection);
  const asked = new Set(collections);
  const allowed = known.filter((collection) => asked.has(collection));
  const where = whereOf(filters);
  const parts =
    where.sql === ""
      ? null
      : sql.all<Part>(
          `SELECT document, version FROM parts
           WHERE state = 'live' AND collection IN (SELECT value FROM json_each(?))${where.sql}`,
          JSON.stringify(allowed),
          ...where.bindings,
        );
  return { collections: allowed, whole: allowed.length === known.length, parts };
}

/** Best first, live ones alone. */
function keyword(
  sql: Sql,
  { collections, whole, parts }: Scope,
  terms: readonly string[],
  limit: number,
): Hit[] {
  const words = ftsQuery(terms);
  if (words === null) return [];
  const match = whole
    ? `{title headings body} : (${words})`
    : `scope : (${collections.map(scopeTerm).join(" OR ")}) AND {title headings body} : (${words})`;
  const among =
    parts === null ? "" : "AND chunks.document IN (SELECT value FROM json_each(?2))";
  return sql.all<Hit>(
    `SELECT chunks.row AS row, -bm25(words, 1, 1, 1, 0) AS score
     FROM words
     JOIN chunks ON chunks.row = words.rowid
     JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
     WHERE words MATCH ?1 AND parts.state = 'live' ${among}
     ORDER BY bm25(words, 1, 1, 1, 0) LIMIT ${limit}`,
    match,
    ...(parts === null ? [] : [JSON.stringify(parts.map(({ document }) => document))]),
  );
}

async function semantic(
  sql: Sql,
  vectors: IndexVectors,
  { collections, parts }: Scope,
  { vector, limit }: IndexQuery,
  generation: number,
): Promise<Hit[]> {
  if (vector === null) return [];
  const except = sql
    .all<Part>("SELECT document, version FROM parts WHERE state <> 'live'")
    .map(partOf);
  const found = await vectors.store.query(vectors.namespace(generation), {
    vector: vector.values,
    topK: Math.min(limit, vectors.store.mostPerQuery),
    collections,
    parts: parts === null ? null : parts.map(partOf),
    except,
  });
  const scores = new Map(found.map(({ id, score }) => [id, score]));
  const places = found.flatMap(({ id }) => parseChunkId(id) ?? []);
  return sql
    .all<Part & { row: number; position: number }>(
      `SELECT chunks.row, chunks.document, chunks.version, chunks.position
       FROM json_each(?) place
       JOIN chunks ON chunks.document = place.value ->> 'document'
         AND chunks.version = place.value ->> 'version' AND chunks.position = place.value ->> 'position'`,
      JSON.stringify(places),
    )
    .map((row) => ({ row: row.row, score: scores.get(chunkIdOf(row, row.position)) ?? 0 }));
}

/** What words found has a cosine, too, where vectors can be read at no cost. */
async function fillVectors(
  vectors: IndexVectors,
  { vector }: IndexQuery,
  generation: number,
  rows: readonly ChunkRow[],
  scores: Map<number, Scored>,
): Promise<void> {
  if (vector === null || !vectors.here) return;
  const ids = new Map(rows.map((row) => [chunkIdOf(row, row.position), row.row]));
  const read = await vectors.store.get(vectors.namespace(generation), [...ids.keys()]);
  for (const [id, values] of read) {
    const row = ids.get(id);
    const known = row === undefined ? undefined : scores.get(row);
    if (row === undefined || known === undefined) continue;
    scores.set(row, {
      keyword: known.keyword,
      semantic: known.semantic ?? dot(vector.values, values),
      vector: values,
    });
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

export function statisticsOf(sql: Sql, terms: readonly string[]): TermStatistics {
  const { chunks, length } = sql.first<{ chunks: number; length: number }>(
    "SELECT chunks, length FROM index_meta",
  ) ?? { chunks: 0, length: 0 };
  const df = Object.fromEntries(
    sql
      .all<{ term: string; doc: number }>(
        "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
        JSON.stringify(terms),
      )
      .map(({ term, doc }) => [term, doc]),
  );
  return { chunks, averageLength: chunks === 0 ? 0 : length / chunks, df };
}

/** Chunks that stand beside others in their documents, where those are still live. */
export function around(
  sql: Sql,
  chunks: readonly (Part & { position: number })[],
  reach: number,
): Candidate[] {
  return sql
    .all<ChunkRow>(
      `${LIVE_CHUNKS} AND EXISTS (
         SELECT 1 FROM json_each(?) place
         WHERE chunks.document = place.value ->> 'document' AND chunks.version = place.value ->> 'version'
           AND chunks.position BETWEEN place.value ->> 'position' - ? AND place.value ->> 'position' + ?)
       AND chunks.document IN (SELECT value ->> 'document' FROM json_each(?))`,
      JSON.stringify(chunks),
      reach,
      reach,
      JSON.stringify(chunks),
    )
    .map((row) => candidateOf(row, { semantic: null, keyword: null, vector: null }));
}
