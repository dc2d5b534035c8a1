// Edgewise as it is, served with a few routes beside it that only a benchmark asks: to fill an index by its
// object's own calls, to search by them, to put the object to sleep, and to tell what D1 was asked.
import type { NewPart, Part, StagedChunk } from "../../src/rag/index/calls.ts";
import edgewise, { KnowledgeIndex as Edgewise } from "edgewise";
export { Account, AnswerCache, Breaker, Conversation, Throttle } from "edgewise";

type Context = { abort(reason: string): void };
/** As durable-objects/knowledge-index.ts has them; its types need another library than Node's. */
type Calls = {
  place(
    document: string,
    embedder: string,
  ): Promise<{ shard: number; generations: { current: { n: number } } }>;
  begin(part: NewPart): Promise<string>;
  stage(part: Part, chunks: readonly StagedChunk[]): Promise<string>;
  embedded(
    generation: number,
    part: Part,
    from: number,
    vectors: readonly Float32Array[],
  ): Promise<string>;
  publish(generation: number, part: Part): Promise<string>;
  search(query: object): Promise<{ candidates?: object[] }>;
  figures(): Promise<Figures>;
  sleep(): Promise<void>;
};
type Env = {
  DB: {
    prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> } };
  };
  KNOWLEDGE: { idFromName(name: string): unknown; get(id: unknown): Calls };
};

export type Figures = { documents: number; chunks: number; shards: number };
/** Documents that are to be live. `vectors`: float32 as base64, one chunk's behind the other's. */
export type Fill = {
  tenant: string;
  collection: string;
  embedder: string;
  documents: {
    document: string;
    title: string;
    chunks: { text: string; heading_path: string[] }[];
    vectors: string;
  }[];
};
/** One call of the object's `search`, with a vector as base64 where meaning is asked for. */
export type Ask = {
  tenant: string;
  query: Record<string, unknown>;
  vector: { embedder: string; values: string; scan: boolean; told: boolean } | null;
};

const LIFTED = JSON.stringify({
  requests_per_minute: null,
  tokens_per_minute: null,
  streams: null,
});
/** How often D1 was asked what, as in "select collections". Null until it is watched. */
let statements: Record<string, number> | null = null;

/** The object as it is, and how to end it. */
export class KnowledgeIndex extends Edgewise {
  readonly #context: Context;

  constructor(context: Context, env: unknown) {
    super(context, env);
    this.#context = context;
  }

  /** What it holds in memory is gone, its database closed; the next call wakes it. */
  sleep(): void {
    this.#context.abort("put to sleep");
  }
}

export default {
  async fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    watch(env);
    const { pathname, searchParams } = new URL(request.url);
    const index = (tenant: string) => env.KNOWLEDGE.get(env.KNOWLEDGE.idFromName(tenant));
    const named = () => index(searchParams.get("tenant") ?? "");
    switch (pathname) {
      case "/bench/lift":
        await env.DB.prepare("UPDATE users SET limits = ? WHERE email = ?")
          .bind(LIFTED, searchParams.get("email") ?? "")
          .run();
        return Response.json({});
      case "/bench/fill": {
        const wanted = (await request.json()) as Fill;
        await fill(index(wanted.tenant), wanted);
        return Response.json({});
      }
      case "/bench/search": {
        const { tenant, query, vector } = (await request.json()) as Ask;
        const asked = vector === null ? null : { ...vector, values: floatsOf(vector.values) };
        const { candidates = [] } = await index(tenant).search({ ...query, vector: asked });
        return Response.json({ found: candidates.length });
      }
      case "/bench/sleep":
        await named()
          .sleep()
          .catch(() => undefined);
        return Response.json({});
      case "/bench/figures":
        return Response.json(await named().figures());
      case "/bench/statements": {
        const asked = statements;
        statements = {};
        return Response.json(asked);
      }
      default:
        return edgewise.fetch(request, env, context);
    }
  },
  queue: (batch: unknown) => edgewise.queue(batch),
};

async function fill(index: Calls, { collection, embedder, documents }: Fill): Promise<void> {
  for (const { document, title, chunks, vectors } of documents) {
    const part = { document, version: 1 };
    const { shard, generations } = await index.place(document, embedder);
    if (shard !== 0) throw new Error("more chunks than one object takes");
    const { n } = generations.current;
    const head: NewPart["head"] = {
      name: `${document}.md`,
      title,
      kind: "markdown",
      author: null,
      language: "en",
      date: "2026-01-01T00:00:00.000Z",
      metadata: {},
    };
    const begun = await index.begin({ ...part, collection, head, total: chunks.length });
    if (begun === "live") continue;
    const staged = chunks.map((chunk, position) => ({
      ...chunk,
      position,
      page: null,
      pages: [],
      overlap: 0,
    }));
    await index.stage(part, staged);
    const floats = floatsOf(vectors);
    const dimensions = floats.length / chunks.length;
    const each = chunks.map((_, at) => floats.slice(at * dimensions, (at + 1) * dimensions));
    await index.embedded(n, part, 0, each);
    const published = await index.publish(n, part);
    if (published !== "published") throw new Error(`${document} is ${published}`);
  }
}

function floatsOf(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(base64), (it) => it.charCodeAt(0)).buffer);
}

/** Every query begins with `prepare`, here and in drizzle; and `env` is the one that Edgewise imports. */
function watch({ DB }: Env): void {
  if (statements !== null) return;
  statements = {};
  const prepare = DB.prepare.bind(DB);
  DB.prepare = (sql) => {
    const table = /\b(?:from|into|update)\s+"?(\w+)/i.exec(sql)?.[1] ?? "";
    const said = `${sql.trim().split(/\s/, 1)[0]?.toLowerCase()} ${table}`;
    if (statements !== null) statements[said] = (statements[said] ?? 0) + 1;
    return prepare(sql);
  };
}
