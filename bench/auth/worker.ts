// Edgewise as it is, served with a few routes beside it that only a benchmark asks: what D1 was asked,
// an account without limits, and calls of Account objects without HTTP around them.
import edgewise from "edgewise";
export { Account, AnswerCache, Breaker, Conversation, KnowledgeIndex, Throttle } from "edgewise";

/** As src/account/calls.ts has them; its types need another library than Node's. */
type Call = {
  admit(credential: object, want: object): Promise<{ ok: boolean }>;
  settle(reservation: string, attempt: number, actual: object): Promise<void>;
};
type Env = {
  DB: {
    prepare(sql: string): { bind(...values: string[]): { run(): Promise<unknown> } };
  };
  ACCOUNTS: { idFromName(name: string): unknown; get(id: unknown): Call };
};

/** What is asked of the objects of `credentials`, in turn: `count` times, one after the other. */
export type Calls = {
  credentials: { user_id: string }[];
  want: "request" | "turn";
  count: number;
};

const LIFTED = JSON.stringify({
  requests_per_minute: null,
  tokens_per_minute: null,
  streams: null,
});
/** How often D1 was asked what, as in "insert usage". Null until it is watched. */
let statements: Record<string, number> | null = null;

export default {
  async fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    watch(env);
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/bench/statements": {
        const asked = statements;
        statements = {};
        return Response.json(asked);
      }
      case "/bench/lift":
        await env.DB.prepare("UPDATE users SET limits = ? WHERE email = ?")
          .bind(LIFTED, searchParams.get("email") ?? "")
          .run();
        return Response.json({});
      case "/bench/calls":
        await callObjects(env, (await request.json()) as Calls);
        return Response.json({});
      default:
        return edgewise.fetch(request, env, context);
    }
  },
  queue: (batch: unknown) => edgewise.queue(batch),
};

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

async function callObjects(env: Env, { credentials, want, count }: Calls): Promise<void> {
  for (let at = 0; at < count; at++) {
    const credential = credentials[at % credentials.length];
    if (credential === undefined) throw new Error("no credential");
    const account = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(credential.user_id));
    const id = `res_${crypto.randomUUID()}`;
    const price = { input: 1, output: 1 };
    const ask = { id, own: 5, history: false, max_tokens: 1, price };
    const { ok } = await account.admit(
      credential,
      want === "turn" ? { kind: want, ask } : { kind: want },
    );
    if (!ok) throw new Error("an Account object refused");
    if (want === "turn") await account.settle(id, 1, { prompt: 5, completion: 1, cost: 0 });
  }
}
