// What a shard finds by meaning, and the cosines of what words found. How much of that is worth its time is
// decided here, by what the caller says of the vectors.
import type { Sql } from "../../store/sql.ts";
import type { Candidate, IndexQuery, Part, QueryVector } from "./calls.ts";
import type { Hit, Scope } from "./keyword.ts";
import { chunkIdOf, parseChunkId, partOf } from "./parts.ts";
import type { Read } from "./readings.ts";
import type { IndexVectors } from "./vectors.ts";

export type Scored = Pick<Candidate, "semantic" | "keyword" | "lexical" | "vector">;

/** Chunks of an index whose vectors are all looked at: a few milliseconds. */
const ALWAYS_SCANNED = 20_000;
/** Where words decide, those that have most of the question are told their cosines. */
const MOST_ASIDE = 50;

/** Whether words found so much that what vectors alone would find is not worth looking at all of them. */
export function isEnough(found: number, { vector, limit }: IndexQuery, chunks: number): boolean {
  if (vector === null || vector.scan) return false;
  return chunks > ALWAYS_SCANNED && found >= limit;
}

export async function byMeaning(
  sql: Sql,
  vectors: IndexVectors,
  { collections, parts }: Scope,
  { vector, limit }: IndexQuery,
  generation: number,
): Promise<Hit[]> {
  if (vector === null) return [];
  const except = sql
    .all<Part>("SELECT document, version FROM parts WHERE state IN ('staged', 'dead')")
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

/** What words found has a cosine, too, where vectors can be read at little cost. */
export async function fillVectors(
  vectors: IndexVectors,
  { vector }: IndexQuery,
  generation: number,
  found: readonly Read[],
  scores: Map<number, Scored>,
): Promise<void> {
  if (vector === null || !vectors.isHere(generation)) return;
  const wanted = lacking(vector, found, scores);
  const ids = new Map(wanted.map(({ row, candidate }) => [candidate.chunk_id, row]));
  const store = vectors.storeOf(generation);
  const read = await store.get(vectors.namespace(generation), [...ids.keys()]);
  for (const [id, values] of read) {
    const row = ids.get(id);
    const known = row === undefined ? undefined : scores.get(row);
    if (row === undefined || known === undefined) continue;
    scores.set(row, {
      ...known,
      semantic: known.semantic ?? dot(vector.values, values),
      vector: vector.told ? values : null,
    });
  }
}

function lacking(
  { scan, told }: QueryVector,
  found: readonly Read[],
  scores: ReadonlyMap<number, Scored>,
): readonly Read[] {
  if (told) return found;
  const without = found.filter(({ row }) => scores.get(row)?.semantic === null);
  if (scan) return without;
  const lexical = ({ row }: Read) => scores.get(row)?.lexical ?? 0;
  return without.sort((a, b) => lexical(b) - lexical(a)).slice(0, MOST_ASIDE);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
