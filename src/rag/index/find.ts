// What a shard finds: by words in FTS5, by meaning among vectors, in what is live and allowed. How the
// two are weighed against each other is not decided here.
import type { Sql } from "../../store/sql.ts";
import { scaled } from "../rerank/lexical.ts";
import { queryTermsOf } from "../words/terms.ts";
import type { Candidate, IndexAnswer, IndexQuery, Part } from "./calls.ts";
import { whereOf } from "./filters.ts";
import { byWords, type Hit, type Scope } from "./keyword.ts";
import { byMeaning, fillVectors, isEnough, type Scored } from "./meaning.ts";
import { candidateOf, type ChunkRow, LIVE_CHUNKS, NO_SCORES, partOf } from "./parts.ts";
import { Readings } from "./readings.ts";
import type { TermCounts } from "./term-counts.ts";
import type { IndexVectors } from "./vectors.ts";

type Found = { scored: Hit[]; listed: Hit[]; near: Hit[] };

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
  const { scored, listed, near } = await lookedFor(sql, counts, vectors, scope, {
    query,
    terms,
    generation,
  });
  const read = new Readings(sql, rowsIn(scored, listed, near));
  const asked = { terms, expansion: new Map<string, number>() };
  const plain = read.weighed(asked, counts);
  const expansion = query.expand ? read.feedback(terms, plain, counts) : asked.expansion;
  const weights = expansion.size === 0 ? plain : read.weighed({ terms, expansion }, counts);
  const lexical = scaled(terms, weights, counts.of(terms));
  const semantics = scoresOf(near);
  const bm25 = scoresOf(scored);
  const scores = new Map(
    read.all.map(({ row }, at): [number, Scored] => [
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
  await fillVectors(vectors, query, generation, read.all, scores);
  const names = scope.parts === null ? null : new Set(scope.parts.map(partOf));
  return {
    // Of what was found before something changed.
    candidates: read.all
      .filter(({ candidate }) => scope.collections.includes(candidate.collection))
      .filter(({ candidate }) => names?.has(partOf(candidate)) ?? true)
      .map(({ row, candidate }) => Object.assign(candidate, scores.get(row))),
  };
}

/** What is live is looked up after all that is waited for: old or new, never both. */
async function lookedFor(
  sql: Sql,
  counts: TermCounts,
  vectors: IndexVectors,
  scope: Scope,
  { query, terms, generation }: { query: IndexQuery; terms: string[]; generation: number },
): Promise<Found> {
  const words = () =>
    query.words ? byWords(sql, scope, terms, counts, query.limit) : { scored: [], listed: [] };
  if (!vectors.isHere(generation)) {
    const near = await byMeaning(sql, vectors, scope, query, generation);
    return { ...words(), near };
  }
  // Vectors that are here are not waited for: nothing else happens in between.
  const { scored, listed } = words();
  const enough = isEnough(rowsIn(scored, listed).length, query, counts.chunks);
  const near = enough ? [] : await byMeaning(sql, vectors, scope, query, generation);
  return { scored, listed, near };
}

const scoresOf = (hits: readonly Hit[]) => new Map(hits.map(({ row, score }) => [row, score]));

const rowsIn = (...lists: Hit[][]) => [...new Set(lists.flat().map(({ row }) => row))];

/** From one to the next in the index, however many documents each has. */
const LIVE_COLLECTIONS = `
  WITH RECURSIVE known (collection) AS (
    SELECT min(collection) FROM parts WHERE state = 'live'
    UNION ALL
    SELECT (SELECT min(collection) FROM parts WHERE state = 'live' AND parts.collection > known.collection)
    FROM known WHERE known.collection IS NOT NULL)
  SELECT collection FROM known WHERE collection IS NOT NULL`;

function scopeOf(sql: Sql, { collections, filters }: IndexQuery): Scope {
  const known = sql
    .all<{ collection: string }>(LIVE_COLLECTIONS)
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
