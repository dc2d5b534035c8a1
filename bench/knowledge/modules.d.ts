// What bench/knowledge/vectors-worker.ts finds of Edgewise: aliases of its files, made by vectors.ts. Their
// own types need another library than Node's.
declare module "edgewise/sql" {
  export const Sql: new (storage: unknown) => { sql: unknown };
}
declare module "edgewise/segment-tables" {
  export function createSegmentTables(sql: unknown): void;
}
declare module "edgewise/segment-store" {
  type Record = { id: string; part: string; collection: string; values: Float32Array };
  type Query = {
    vector: Float32Array;
    topK: number;
    collections: string[];
    parts: string[] | null;
    except: string[];
  };
  export class SegmentStore {
    constructor(sql: unknown, options?: { budget?: number });
    readonly bytes: number;
    count(namespace: string): number;
    invalidate(): void;
    upsert(namespace: string, records: readonly Record[]): Promise<void>;
    query(namespace: string, query: Query): Promise<{ id: string; score: number }[]>;
  }
}
