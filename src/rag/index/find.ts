// What a shard finds: by words in FTS5, by meaning among vectors, in what is live and allowed. How the
// two are weighed against each other is not decided here.
import type { Sql } from "../../store/sql.ts";
import { scaled } from "../rerank/lexical.ts";
import { queryTermsOf } from "../words/terms.ts";
import type { Candidate, IndexAnswer, IndexQuery, Part } from "./calls.ts";
import { whereOf } from "./filters.ts";
import {
  candidateOf,
  type ChunkRow,
  chunkIdOf,
  LIVE_CHUNKS,
  NO_SCORES,
  parseChunkId,
  partOf,
} from "./parts.ts";
import { byWords, type Hit, type Scope } from "./keyword.ts";
import { Readings } from "./readings.ts";
import type { TermCounts } from "./term-counts.ts";
import type { IndexVectors } from "./vectors.ts";

type Scored = Pick<Candidate, "semantic" | "keyword" | "lexical" | "vector">;

export async function find(
  sql: Sql,
  counts: TermCounts,
  vectors: IndexVectors,
  query: IndexQuery,
  generation: number,
): Promise<IndexAnswer> {
  const scope = scopeOf(sql, query);
  if (scope.collections.length === 0 || scope.parts?.length === 0) return { candidates: [] };
  const terms = queryTermsOf(query.text);
  const near = await semantic(sql, vectors, scope, query, generation);
  // What is live is read from here on, after all that was waited for: old or new, never both.
  const { scored, listed } = query.words
    ? byWords(sql, scope, terms, counts, query.limit)
    : { scored: [], listed: [] };
  const read = new Readings(sql, rowsIn([...scored, ...listed, ...near]));
  const asked = { terms, expansion: new Map<string, number>() };
  const plain = read.weighed(asked, counts);
  const expansion = query.expand ? read.feedback(terms, plain, counts) : asked.expansion;
  const weights = expansion.size === 0 ? plain : read.weighed({ terms, expansion }, counts);
  const lexical = scaled(terms, weights, counts.of(terms));
  const semantics = scoresOf(near);
  const bm25 = scoresOf(scored);
  const scores = new Map(
    read.rows.map(({ row }, at): [number, Scored] => [
      row,
      {
        semantic: semantics.get(row) ?? null,
        // What was only listed has no BM25 of the index; by the texts it has the same.
        keyword: listed.length === 0 ? (bm25.get(row) ?? null) : (plain[at] ?? null) || null,
        lexical: lexical[at] ?? 0,
        vector: null,
      },
    ]),
  );
  await fillVectors(vectors, query, generation, read.rows, scores);
  return {
    candidates: read.rows
      .filter((row) => isIn(scope, row))
      .flatMap((row) => {
        const own = scores.get(row.row);
        return own === undefined ? [] : candidateOf(row, own);
      }),
  };
}

const scoresOf = (hits: readonly Hit[]) => new Map(hits.map(({ row, score }) => [row, score]));

const rowsIn = (hits: readonly Hit[]) => [...new Set(hits.map(({ row }) => row))];

function scopeOf(sql: Sql, { collections, filters }: IndexQuery): Scope {
  const known = sql
    .all<{ collection: string }>("SELECT DISTINCT collection FROM parts WHERE state = 'live'")
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
  const store = vectors.storeOf(generation);
  const found = await store.query(vectors.namespace(generation), {
    vector: vector.values,
    topK: Math.min(limit, store.mostPerQuery),
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
  if (vector === null || !vectors.isHere(generation)) return;
  const ids = new Map(rows.map((row) => [chunkIdOf(row, row.position), row.row]));
  const store = vectors.storeOf(generation);
  const read = await store.get(vectors.namespace(generation), [...ids.keys()]);
  for (const [id, values] of read) {
    const row = ids.get(id);
    const known = row === undefined ? undefined : scores.get(row);
    if (row === undefined || known === undefined) continue;
    scores.set(row, {
      ...known,
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

/** Of what was only listed, and of what was found before something changed. */
function isIn({ collections, parts }: Scope, row: ChunkRow): boolean {
  if (!collections.includes(row.collection)) return false;
  return (
    parts === null ||
    parts.some(({ document, version }) => document === row.document && version === row.version)
  );
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
    .map((row) => candidateOf(row, NO_SCORES));
}
