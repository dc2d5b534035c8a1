// Vectors in Cloudflare Vectorize: the adapter, and what its documented limits ask of it. Retries are the
// caller's. What is found by default is told by approximate scores: exact ones come only with the vectors
// themselves, and of those at most 50 (developers.cloudflare.com/vectorize/best-practices/query-vectors).
import { byScore } from "./candidates.ts";
import { checkVector, couldBeId, taken } from "./limits.ts";
import type { Neighbour, VectorQuery, VectorRecord, VectorStore } from "./vector-store.ts";
import { type Filter, filtersOf, without } from "./vectorize-filters.ts";

/** What is used of the binding. */
export type VectorizeCalls = Pick<Vectorize, "query" | "upsert" | "getByIds" | "deleteByIds">;

const MOST_DIMENSIONS = 1536;
const MOST_PER_QUERY = 100;
const UPSERTS_AT_ONCE = 1000;
/** A request is JSON, made in memory: some 20 bytes each. */
const NUMBERS_AT_ONCE = 250_000;
/** Not on the page of limits; more is refused as "too many ids in payload" (40007). */
const GETS_AT_ONCE = 20;
const DELETES_AT_ONCE = 100;
/** Requests at the same time: of a Worker's six. */
const SIDE_BY_SIDE = 4;
/** More often it is not asked anew where too many of the nearest are not to be found. */
const ROUNDS = 3;
/** Characters of a namespace's digest before each id: an id is its index's, not its namespace's. */
const TAG_CHARS = 16;

export class VectorizeStore implements VectorStore {
  readonly mostPerQuery = MOST_PER_QUERY;
  readonly #index: VectorizeCalls;
  readonly #dimensions: number;

  /**
   * @param index with metadata indexes of `part` and `collection` (scripts/vectorize.ts)
   * @param dimensions that it was created with
   */
  constructor(index: VectorizeCalls, dimensions: number) {
    if (dimensions > MOST_DIMENSIONS)
      throw new RangeError(
        `Vectorize keeps vectors of at most ${MOST_DIMENSIONS} dimensions, not of ${dimensions}`,
      );
    this.#index = index;
    this.#dimensions = dimensions;
  }

  /** Is accepted when this returns, and found only later: `visible`. */
  async upsert(namespace: string, given: readonly VectorRecord[]): Promise<void> {
    const records = taken(namespace, given);
    for (const { values } of records) checkVector(values, this.#dimensions);
    const tag = await tagOf(namespace);
    const most = Math.min(UPSERTS_AT_ONCE, Math.floor(NUMBERS_AT_ONCE / this.#dimensions));
    for (const some of inBatches(records, most))
      await this.#index.upsert(
        some.map(({ id, part, collection, values }) => ({
          id: tag + id,
          namespace,
          values,
          metadata: { part, collection },
        })),
      );
  }

  async query(namespace: string, query: VectorQuery): Promise<Neighbour[]> {
    checkVector(query.vector, this.#dimensions);
    const k = Math.min(Math.floor(query.topK), MOST_PER_QUERY);
    if (!(k > 0)) return [];
    const tag = await tagOf(namespace);
    const answers = await sideBySide(filtersOf(query), (filter) =>
      filter.part === undefined && query.except.length > 0
        ? this.#askWithout(namespace, query, k, filter)
        : this.#ask(namespace, query, { topK: k, filter }),
    );
    // A namespace may hold what another program has put there, and answers may overlap.
    const scores = new Map<string, number>();
    for (const { id, score } of answers.flat())
      if (id.startsWith(tag)) scores.set(id.slice(TAG_CHARS), score);
    return Array.from(scores, ([id, score]) => ({ id, score }))
      .sort(byScore)
      .slice(0, k);
  }

  async get(namespace: string, ids: readonly string[]): Promise<Map<string, Float32Array>> {
    const tag = await tagOf(namespace);
    const found = await sideBySide(tagged(tag, ids, GETS_AT_ONCE), (some) =>
      this.#index.getByIds(some),
    );
    return new Map(
      found.flat().map(({ id, values }) => [id.slice(TAG_CHARS), Float32Array.from(values)]),
    );
  }

  async delete(namespace: string, ids: readonly string[]): Promise<void> {
    const tag = await tagOf(namespace);
    await sideBySide(tagged(tag, ids, DELETES_AT_ONCE), (some) => this.#index.deleteByIds(some));
  }

  /**
   * By `getByIds`: it reads the index as queries do, which one job brings up to date for all reads
   * (developers.cloudflare.com/vectorize/best-practices/insert-vectors). `describe` tells only the id of the last
   * mutation that was processed, and those have no order: with other writers one's own is seldom the last.
   * An id that was there before is seen in its old form until the new one is: give new versions new ids.
   */
  async visible(namespace: string, ids: readonly string[]): Promise<boolean> {
    if (!ids.every(couldBeId)) return false;
    const tag = await tagOf(namespace);
    // What was written last is visible last.
    for (const some of tagged(tag, ids.toReversed(), GETS_AT_ONCE))
      if ((await this.#index.getByIds(some)).length < some.length) return false;
    return true;
  }

  async #ask(
    namespace: string,
    { vector }: VectorQuery,
    options: { topK: number; filter: Filter; returnMetadata?: "indexed" },
  ): Promise<VectorizeMatch[]> {
    const { matches } = await this.#index.query(vector, { namespace, ...options });
    return matches;
  }

  /**
   * Where more parts are not to be found than a filter can name, matches are told with their parts, and the
   * others left out; where that leaves too little, it is asked again without those that were in the way.
   */
  async #askWithout(
    namespace: string,
    query: VectorQuery,
    k: number,
    within: Filter,
  ): Promise<VectorizeMatch[]> {
    const except = new Set(query.except);
    let { filter, out } = without(within, [...except]);
    if (out.length === except.size) return this.#ask(namespace, query, { topK: k, filter });
    const wanted: VectorizeMatch[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // With indexed metadata as many come as without: 50 are the most with all of it (40025).
      const options = { topK: MOST_PER_QUERY, filter, returnMetadata: "indexed" } as const;
      const matches = await this.#ask(namespace, query, options);
      const inTheWay = matches.map(partOf).filter((part) => except.has(part));
      wanted.push(...matches.filter((match) => !except.has(partOf(match))));
      if (matches.length - inTheWay.length >= k || matches.length < MOST_PER_QUERY) break;
      ({ filter, out } = without(within, [...new Set([...inTheWay, ...out])]));
    }
    return wanted;
  }
}

/** Longer ones than there can be are refused with all that are asked for beside them. */
function tagged(tag: string, ids: readonly string[], most: number): string[][] {
  const possible = [...new Set(ids)].filter(couldBeId);
  return inBatches(
    possible.map((id) => tag + id),
    most,
  );
}

function partOf({ metadata }: VectorizeMatch): string {
  const part = metadata?.["part"];
  return typeof part === "string" ? part : "";
}

async function tagOf(namespace: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(namespace));
  return new Uint8Array(digest)
    .toBase64({ alphabet: "base64url", omitPadding: true })
    .slice(0, TAG_CHARS);
}

function inBatches<T>(all: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, index) =>
    all.slice(index * most, (index + 1) * most),
  );
}

/** Some at a time, and their answers in order. */
async function sideBySide<T, Answer>(
  all: readonly T[],
  call: (one: T) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const some of inBatches(all, SIDE_BY_SIDE))
    answers.push(...(await Promise.all(some.map(call))));
  return answers;
}
