// What a shard finds: by words in FTS5, by meaning among vectors, in what is live and allowed. How the
// two are weighed against each other is not decided here.
import type { Sql } from "../../store/sql.ts";
import { expansionOf, MOST_FEEDBACK } from "../expand.ts";
import { type Asked, type Reading, readingOf, scaled, weighed } from "../rerank/lexical.ts";
import { ftsQuery, isOpen, queryTermsOf } from "../words/terms.ts";
import type { Candidate, IndexAnswer, IndexQuery, Part } from "./calls.ts";
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
import type { TermCounts } from "./term-counts.ts";
import type { IndexVectors } from "./vectors.ts";

type Hit = { row: number; score: number };
type Scored = Pick<Candidate, "semantic" | "keyword" | "lexical" | "vector">;

/** Which parts may be found. `parts`: null for all that is live in the collections. */
type Scope = { collections: readonly string[]; whole: boolean; parts: Part[] | null };

/** A term that more of all chunks have is not looked for where the question has rarer ones. */
const COMMON = 0.1;
/** In an index of fewer chunks nothing is common. */
const FEW_CHUNKS = 2_000;

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
  const byMeaning = await semantic(sql, vectors, scope, query, generation);
  // What is live is read from here on, after all that was waited for: old or new, never both.
  const byWords = query.words ? keyword(sql, scope, rare(terms, counts), query.limit) : [];
  const read = new Readings(sql, [...byWords, ...byMeaning]);
  const asked = { terms, expansion: new Map<string, number>() };
  let weights = read.weighed(asked, counts);
  const more = query.expand && query.words ? read.feedback(asked.terms, weights, counts) : null;
  if (more !== null) {
    asked.expansion = more;
    const again = rare([...new Set([...terms, ...more.keys()])], counts);
    read.add(keyword(sql, scope, again, query.limit));
    weights = read.weighed(asked, counts);
  }
  const lexical = scaled(terms, weights, counts.of(terms));
  const semantics = scoresOf(byMeaning);
  const keywords = scoresOf(byWords);
  const scores = new Map(
    read.rows.map(({ row }, at): [number, Scored] => [
      row,
      {
        semantic: semantics.get(row) ?? null,
        keyword: keywords.get(row) ?? null,
        lexical: lexical[at] ?? 0,
        vector: null,
      },
    ]),
  );
  await fillVectors(vectors, query, generation, read.rows, scores);
  return {
    candidates: read.rows.flatMap((row) => {
      const own = scores.get(row.row);
      return own === undefined ? [] : candidateOf(row, own);
    }),
  };
}

const scoresOf = (hits: readonly Hit[]) => new Map(hits.map(({ row, score }) => [row, score]));

/** Those that tell something, where any does; the rarest first. */
function rare(terms: readonly string[], counts: TermCounts): string[] {
  const { documents, df } = counts.of(terms);
  const sorted = terms.toSorted((a, b) => df(a) - df(b));
  if (documents < FEW_CHUNKS) return sorted;
  const telling = sorted.filter((term) => df(term) <= COMMON * documents);
  return telling.some((term) => isOpen(term) || df(term) > 0) ? telling : sorted.slice(0, 2);
}

/** Candidates with their terms, read once. */
class Readings {
  readonly #sql: Sql;
  readonly #readings = new Map<number, Reading>();
  rows: ChunkRow[] = [];

  constructor(sql: Sql, hits: readonly Hit[]) {
    this.#sql = sql;
    this.add(hits);
  }

  add(hits: readonly Hit[]): void {
    const unknown = new Set(hits.map(({ row }) => row).filter((row) => !this.#readings.has(row)));
    const rows = this.#sql.all<ChunkRow>(
      `${LIVE_CHUNKS} AND chunks.row IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...unknown]),
    );
    for (const row of rows) {
      const { head, heading_path, text } = candidateOf(row, NO_SCORES);
      const reading = readingOf({ title: head.title ?? head.name, heading_path, text });
      this.#readings.set(row.row, reading);
      this.rows.push(row);
    }
  }

  weighed(asked: Asked, counts: TermCounts): number[] {
    const statistics = counts.of([...asked.terms, ...asked.expansion.keys()]);
    return weighed(asked, this.#inOrder(), statistics);
  }

  /** What the best of them say beside the question's terms; null for nothing. */
  feedback(
    terms: readonly string[],
    weights: readonly number[],
    counts: TermCounts,
  ): Map<string, number> | null {
    const best = this.#inOrder()
      .map((reading, at) => ({ reading, weight: weights[at] ?? 0 }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_FEEDBACK);
    const said = best.flatMap(({ reading }) => [...reading.places.keys()]);
    const learnt = expansionOf(terms, best, counts.of([...terms, ...said]));
    return learnt.size === 0 ? null : learnt;
  }

  #inOrder(): Reading[] {
    return this.rows.flatMap(({ row }) => this.#readings.get(row) ?? []);
  }
}

const NO_SCORES = { semantic: null, keyword: null, lexical: 0, vector: null };

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
  const among = parts === null ? "" : "AND chunks.document IN (SELECT value FROM json_each(?2))";
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
