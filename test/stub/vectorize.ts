// Cloudflare Vectorize in memory: the binding of a V2 index with its documented limits, which a local
// machine does not have. The pages it goes by, read in November 2026:
//   developers.cloudflare.com/vectorize/platform/limits
//   …/vectorize/reference/client-api, …/vectorize/reference/metadata-filtering
//   …/vectorize/best-practices/insert-vectors, …/vectorize/best-practices/query-vectors
// Limits on ids a call and the codes of errors are on no page; they are what the service answers.
import { checkFilter, type Filter, indexedValue, passes, type Scalar } from "./vectorize-filter.ts";

type Numbers = number[] | Float32Array | Float64Array;
type MetadataValue = Scalar | string[];
type Metadata = Record<string, MetadataValue | Record<string, MetadataValue>>;
type Vector = { id: string; values: Numbers; namespace?: string; metadata?: Metadata };
type Kept = {
  id: string;
  values: Float32Array;
  namespace: string;
  metadata: Metadata;
  /** What the metadata indexes of its time have of it. */
  indexed: Map<string, Scalar>;
};
type Options = {
  topK?: number;
  namespace?: string;
  returnValues?: boolean;
  returnMetadata?: boolean | "all" | "indexed" | "none";
  filter?: unknown;
};
type Match = Omit<Vector, "values" | "namespace"> & { values?: Numbers; score: number };
type Mutation = { id: string; apply: () => void };

const MOST_DIMENSIONS = 1536;
const MOST_ID_BYTES = 64;
const MOST_NAMESPACE_BYTES = 64;
const MOST_METADATA_BYTES = 10 * 1024;
const MOST_METADATA_INDEXES = 10;
const MOST_MATCHES = 100;
const MOST_MATCHES_IN_FULL = 50;
const MOST_UPSERTED = 1000;
const MOST_UPLOAD_BYTES = 100_000_000;
const MOST_GOT = 20;
const MOST_DELETED = 100;

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

export class FakeVectorize {
  /** How often each method was called. */
  readonly calls = { query: 0, upsert: 0, getByIds: 0, deleteByIds: 0, describe: 0 };
  readonly #dimensions: number;
  readonly #indexes = new Map<string, "string" | "number" | "boolean">();
  readonly #vectors = new Map<string, Kept>();
  #waiting: Mutation[] = [];
  #processed: string | null = null;
  #processedAt: string | null = null;
  readonly #polls: number;
  #polled = 0;

  /**
   * @param metadataIndexes of strings, made before anything is put in
   * @param polls of `describe` or `getByIds` until what is waiting is done; else `settle` does it
   */
  constructor({
    dimensions,
    metadataIndexes = [],
    polls = Infinity,
  }: {
    dimensions: number;
    metadataIndexes?: readonly string[];
    polls?: number;
  }) {
    if (dimensions > MOST_DIMENSIONS) throw new Error("an index has at most 1536 dimensions");
    this.#dimensions = dimensions;
    this.#polls = polls;
    for (const name of metadataIndexes) this.createMetadataIndex(name);
    this.settle();
  }

  /** As `wrangler vectorize create-metadata-index` does: in its turn, and of what comes after it. */
  createMetadataIndex(name: string, type: "string" | "number" | "boolean" = "string"): string {
    return this.#enqueue(() => {
      if (this.#indexes.size >= MOST_METADATA_INDEXES)
        throw new Error("an index has at most 10 metadata indexes");
      this.#indexes.set(name, type);
    });
  }

  /** All that is waiting is done, in its order. */
  settle(): void {
    for (const { id, apply } of this.#waiting.splice(0)) {
      apply();
      this.#processed = id;
      this.#processedAt = new Date().toISOString();
    }
    this.#polled = 0;
  }

  async describe() {
    this.calls.describe++;
    this.#poll();
    return {
      vectorCount: this.#vectors.size,
      dimensions: this.#dimensions,
      processedUpToDatetime: this.#processedAt,
      processedUpToMutation: this.#processed,
    };
  }

  async insert(vectors: Vector[]): Promise<{ mutationId: string }> {
    return this.#put(vectors, (id) => !this.#vectors.has(id));
  }

  async upsert(vectors: Vector[]): Promise<{ mutationId: string }> {
    this.calls.upsert++;
    return this.#put(vectors, () => true);
  }

  async deleteByIds(ids: string[]): Promise<{ mutationId: string }> {
    this.calls.deleteByIds++;
    checkIds("VECTOR_DELETE_ERROR", ids, MOST_DELETED);
    const mutationId = this.#enqueue(() => {
      for (const id of ids) this.#vectors.delete(id);
    });
    return { mutationId };
  }

  async getByIds(ids: string[]): Promise<Vector[]> {
    this.calls.getByIds++;
    checkIds("VECTOR_GET_ERROR", ids, MOST_GOT);
    this.#poll();
    return ids.flatMap((id) => {
      const vector = this.#vectors.get(id);
      if (vector === undefined) return [];
      const { values, namespace, metadata } = vector;
      return [{ id, values: [...values], namespace, metadata }];
    });
  }

  async queryById(id: string, options: Options = {}) {
    const vector = this.#vectors.get(id);
    if (vector === undefined) throw new Error("VECTOR_QUERY_ERROR: vector not found");
    return this.query(vector.values, options);
  }

  async query(vector: Numbers, options: Options = {}) {
    this.calls.query++;
    const { topK = 5, returnValues = false, returnMetadata = "none" } = options;
    if (vector.length !== this.#dimensions)
      throw new Error(
        `VECTOR_QUERY_ERROR (code = 40006): invalid query vector, expected ${this.#dimensions} dimensions, and got ${vector.length} dimensions`,
      );
    if (returnMetadata === false)
      throw new Error(
        "VECTOR_QUERY_ERROR (code = 40026): Failed to parse the request body as JSON: returnMetadata: expected value",
      );
    const all = returnMetadata === "all" || returnMetadata === true;
    const most = returnValues || all ? MOST_MATCHES_IN_FULL : MOST_MATCHES;
    if (!Number.isInteger(topK) || topK < 1 || topK > most)
      throw new Error(`VECTOR_QUERY_ERROR (code = 40025): max top K is ${most}, but got ${topK}`);
    const filter = options.filter === undefined ? null : (options.filter as Filter);
    if (filter !== null) checkFilter(filter);

    const found = [...this.#vectors.values()]
      .filter(({ namespace }) => options.namespace === undefined || namespace === options.namespace)
      .filter(({ indexed }) => filter === null || passes(filter, indexed))
      .map((kept) => ({ kept, score: cosine(vector, returnValues ? kept.values : rough(kept)) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, topK);
    const matches = found.map(({ kept, score }): Match => {
      const match: Match = { id: kept.id, score };
      if (returnValues) match.values = [...kept.values];
      if (all) match.metadata = kept.metadata;
      if (returnMetadata === "indexed") match.metadata = Object.fromEntries(kept.indexed);
      return match;
    });
    return { count: matches.length, matches };
  }

  #poll(): void {
    if (++this.#polled >= this.#polls) this.settle();
  }

  #enqueue(apply: () => void): string {
    const id = crypto.randomUUID();
    this.#waiting.push({ id, apply });
    return id;
  }

  #put(vectors: readonly Vector[], wanted: (id: string) => boolean): { mutationId: string } {
    if (vectors.length > MOST_UPSERTED)
      throw new Error(`VECTOR_UPSERT_ERROR: at most 1000 vectors, got ${vectors.length}`);
    for (const vector of vectors) this.#check(vector);
    // As the binding sends it.
    const lines = vectors.map((vector) => ({ ...vector, values: [...vector.values] }));
    const sent = lines.reduce((sum, line) => sum + bytesOf(JSON.stringify(line)) + 1, 0);
    if (sent > MOST_UPLOAD_BYTES)
      throw new Error(`VECTOR_UPSERT_ERROR: at most 100 MB, got ${sent} bytes`);
    const mutationId = this.#enqueue(() => {
      for (const { id, values, namespace = "", metadata = {} } of lines)
        if (wanted(id))
          this.#vectors.set(id, {
            id,
            values: Float32Array.from(values),
            namespace,
            metadata,
            indexed: this.#indexed(metadata),
          });
    });
    return { mutationId };
  }

  #check({ id, values, namespace = "", metadata = {} }: Vector): void {
    checkId("VECTOR_UPSERT_ERROR", id);
    if (values.length !== this.#dimensions)
      throw new Error(
        `VECTOR_UPSERT_ERROR: invalid vector for id="${id}", expected ${this.#dimensions} dimensions, and got ${values.length} dimensions`,
      );
    if ([...values].some((value) => !Number.isFinite(value)))
      throw new Error(`VECTOR_UPSERT_ERROR (code = 40023): failed to parse upsert vectors request`);
    if (bytesOf(namespace) > MOST_NAMESPACE_BYTES)
      throw new Error("VECTOR_UPSERT_ERROR: namespace too long; max is 64 bytes");
    if (bytesOf(JSON.stringify(metadata)) > MOST_METADATA_BYTES)
      throw new Error("VECTOR_UPSERT_ERROR: metadata too large; max is 10 KiB");
    if (Object.keys(metadata).some((key) => key === "" || /[."]/.test(key) || key.startsWith("$")))
      throw new Error("VECTOR_UPSERT_ERROR: metadata with an invalid key");
  }

  #indexed(metadata: Metadata): Map<string, Scalar> {
    const indexed = new Map<string, Scalar>();
    for (const [name, type] of this.#indexes) {
      const value = metadata[name];
      // oxlint-disable-next-line valid-typeof -- the index's type is what typeof says of its values
      if (typeof value === type) indexed.set(name, indexedValue(value as Scalar));
    }
    return indexed;
  }
}

function checkIds(error: string, ids: readonly string[], most: number): void {
  if (ids.length > most)
    throw new Error(
      `${error} (code = 40007): too many ids in payload; max id count is ${most}, got ${ids.length}`,
    );
  for (const id of ids) checkId(error, id);
}

function checkId(error: string, id: string): void {
  const bytes = bytesOf(id);
  if (bytes === 0) throw new Error(`${error}: id is empty`);
  if (bytes > MOST_ID_BYTES)
    throw new Error(
      `${error} (code = 40008): id too long; max is ${MOST_ID_BYTES} bytes, got ${bytes} bytes`,
    );
}

/** Scores are approximate unless values are asked for: here, a byte a dimension. */
function rough({ values }: Kept): Float32Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return values.map((value) => Math.round((value / largest) * 127));
}

function cosine(a: Numbers, b: Numbers): number {
  let [dot, lengthOfA, lengthOfB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const one = a[i] ?? 0;
    const other = b[i] ?? 0;
    dot += one * other;
    lengthOfA += one * one;
    lengthOfB += other * other;
  }
  return dot / Math.sqrt(lengthOfA * lengthOfB);
}
