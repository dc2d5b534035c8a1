// Edgewise as it is, served with a few routes beside it that only a benchmark asks: to fill a conversation,
// to tell what its object read and wrote, and to fill a list.
import edgewise, { Conversation as Edgewise } from "edgewise";
export { Account, AnswerCache, Breaker, KnowledgeIndex, Throttle } from "edgewise";

type Cursor = { rowsRead: number; rowsWritten: number };
type Context = {
  storage: { sql: { exec(query: string, ...bindings: unknown[]): Cursor } };
};
/** As durable-objects/conversation.ts has `bring`; its types need another library than Node's. */
type Calls = {
  bring(principal: object, id: string, messages: object[], leaf: null): Promise<{ ok: boolean }>;
  forget(): Promise<void>;
  rows(): Promise<Rows>;
};
type Env = {
  DB: {
    prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> } };
  };
  CONVERSATIONS: { idFromName(name: string): unknown; get(id: unknown): Calls };
};

export type Rows = { read: number; written: number };
/** The messages after `after`, up to `through`, each a child of the one before. */
export type Bring = {
  owner: { tenant_id: string; user_id: string };
  id: string;
  after: number;
  through: number;
  /** Whether D1 hears of them, as it should. */
  told: boolean;
};
/** So many conversations more in a list: rows like the one of `id`. */
export type ListMore = { id: string; count: number };

const LIFTED = JSON.stringify({
  requests_per_minute: null,
  tokens_per_minute: null,
  streams: null,
});
/** Messages a call carries. */
const STRETCH = 500;
/** About a hundred tokens; one in a conversation has a word of its own. */
const SAID = "The tide comes in twice a day, and the moon is why. ".repeat(8).trim();
const NO_DETAILS = {
  model: null,
  provider: null,
  tokens_used: null,
  finish_reason: null,
  latency_ms: null,
  ttft_ms: null,
  notices: [],
  metadata: {},
};

/** The object as it is, with a meter at its storage. */
export class Conversation extends Edgewise {
  readonly #context: Context;
  #cursors: Cursor[] = [];

  constructor(context: Context, env: unknown) {
    const { sql } = context.storage;
    const plain = sql.exec.bind(sql);
    const cursors: Cursor[] = [];
    Object.defineProperty(sql, "exec", {
      value: (query: string, ...bindings: unknown[]) => {
        const cursor = plain(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      },
    });
    super(context, env);
    this.#context = context;
    this.#cursors = cursors;
  }

  /** What was read and written since this was last asked, or since the object woke. */
  rows(): Rows {
    const seen = this.#cursors.splice(0);
    return {
      read: seen.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
      written: seen.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
    };
  }

  /** D1 is not to hear of what was brought: a benchmark's host has better things to do. */
  forget(): void {
    this.#context.storage.sql.exec("DELETE FROM outbox WHERE entity = 'intake'");
  }
}

export default {
  async fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const object = () => {
      const id = searchParams.get("id") ?? "";
      return env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
    };
    switch (pathname) {
      case "/bench/lift":
        await env.DB.prepare("UPDATE users SET limits = ? WHERE email = ?")
          .bind(LIFTED, searchParams.get("email") ?? "")
          .run();
        return Response.json({});
      case "/bench/bring":
        await bring(env, (await request.json()) as Bring);
        return Response.json({});
      case "/bench/list":
        await listMore(env, (await request.json()) as ListMore);
        return Response.json({});
      case "/bench/rows":
        return Response.json(await object().rows());
      default:
        return edgewise.fetch(request, env, context);
    }
  },
  queue: (batch: unknown) => edgewise.queue(batch),
};

async function bring(env: Env, { owner, id, after, through, told }: Bring): Promise<void> {
  const object = env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
  const middle = Math.ceil(through / 2);
  for (let from = after; from < through; from += STRETCH) {
    const messages = Array.from({ length: Math.min(STRETCH, through - from) }, (_, index) => {
      const seq = from + index + 1;
      const at = Date.now() - (through - seq) * 1000;
      const text = `${seq}. ${SAID}${seq === middle ? " Needle." : ""}`;
      return {
        seq,
        parent_seq: seq === 1 ? null : seq - 1,
        role: seq % 2 === 1 ? "user" : "assistant",
        parts: [{ type: "text", text }],
        status: "completed",
        created_at: at,
        finished_at: at,
        details: NO_DETAILS,
        feedback: null,
      };
    });
    const { ok } = await object.bring(owner, id, messages, null);
    if (!ok) throw new Error("a conversation did not take what was brought");
    if (!told) await object.forget();
  }
}

/** Ids of their own, and each changed a second before the last. */
async function listMore(env: Env, { id, count }: ListMore): Promise<void> {
  const { DB } = env;
  await DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO conversations (id, tenant_id, user_id, title, status, provider, model, message_count, preview,
       created_at, updated_at, deleted_at, version, pinned, tags, topics)
     SELECT substr(c.id, 1, 22) || printf('%09d', n.i), c.tenant_id, c.user_id, 'Tides ' || n.i, c.status, c.provider,
       c.model, c.message_count, c.preview, c.created_at - n.i * 1000, c.updated_at - n.i * 1000, NULL, 1, 0, '[]', '[]'
     FROM n, (SELECT * FROM conversations WHERE id = ?2) AS c`,
  )
    .bind(count, id)
    .run();
}
