// The seam to where vectors are kept: beside the words in a KnowledgeIndex object, or in Vectorize.
// Both pass one suite (test/unit/vectors). A store knows no tenant and no document: only namespaces
// (never asked together), collections and parts.

/** `part` is one version of one document; its vectors come and go together. */
export type VectorRecord = {
  /** At most 48 bytes, and unique in its namespace. */
  id: string;
  part: string;
  collection: string;
  /** Of length 1. */
  values: Float32Array;
};

export type VectorQuery = {
  /** Of length 1. */
  vector: Float32Array;
  /** At most; a store may have a cap of its own below it, and says so in `mostPerQuery`. */
  topK: number;
  collections: readonly string[];
  /** Null: whichever. */
  parts: readonly string[] | null;
  /** Parts that are there, and not to be found. */
  except: readonly string[];
};

/** `score`: the cosine. */
export type Neighbour = { id: string; score: number };

export interface VectorStore {
  readonly mostPerQuery: number;
  /** In the place of records with the same ids. */
  upsert(namespace: string, records: readonly VectorRecord[]): Promise<void>;
  /** Best first, and of equal ones the lower id. An empty list of collections or parts finds nothing. */
  query(namespace: string, query: VectorQuery): Promise<Neighbour[]>;
  /** Those that are there, without an order. */
  get(namespace: string, ids: readonly string[]): Promise<Map<string, Float32Array>>;
  delete(namespace: string, ids: readonly string[]): Promise<void>;
  /** Whether a query would find all of them now: what was written may take a while to be seen. */
  visible(namespace: string, ids: readonly string[]): Promise<boolean>;
}
