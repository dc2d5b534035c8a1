// What of the composition is knowledge's: how indexes are reached, who embeds, what searches, what is done
// about documents that are deleted. compose.ts asks for it once.
import type { KnowledgeIndexServices } from "../durable-objects/knowledge-index.ts";
import type { Bindings } from "./compose.ts";
import type { Config } from "./config.ts";
import { makeEgress, type Egress } from "./egress/egress.ts";
import { makeResolve } from "./egress/resolve.ts";
import { AppError } from "./errors.ts";
import { spentBy } from "./jobs/embedding-books.ts";
import { clearAway } from "./jobs/tidying.ts";
import type { AnswerCache } from "./llm/cache/answers.ts";
import { embedderById, makeEmbedder } from "./llm/embedders/make-embedder.ts";
import type { KnowledgeIndexCalls, KnowledgeShardCalls } from "./rag/index/calls.ts";
import type { Elsewhere } from "./rag/index/vectors.ts";
import { judgedShare } from "./rag/evaluate/sampling.ts";
import { judgeMessage } from "./rag/ingestion-message.ts";
import type { Embedders, KnowledgeOf } from "./rag/knowledge.ts";
import { workersAiCrossEncoder } from "./rag/rerank/cross-encoder.ts";
import { retrieve } from "./rag/retrieve.ts";
import type { Services } from "./routes/context.ts";
import { searchable, withSettings } from "./store/collections.ts";
import type { DatabaseOf } from "./store/database.ts";
import { reaching } from "./stubs.ts";
import { type Log, thrownFields } from "./telemetry/log.ts";
import { type VectorizeCalls, VectorizeStore } from "./vectors/vectorize-store.ts";
import type { SharedTurnServices } from "./turn/state.ts";

export type Knowing = {
  knowledge: KnowledgeOf;
  embedders: Embedders;
  egress: Egress;
  searching: Services["searching"];
  retrieve: SharedTurnServices["retrieve"];
  sampled: Services["sampled"];
  forgetDocuments: Services["forgetDocuments"];
  /** Of a KnowledgeIndex object. */
  index: KnowledgeIndexServices;
};

type Around = {
  config: Config;
  database: DatabaseOf;
  cache: AnswerCache | null;
  /** Goes only to addresses that the operator configured; and for the door out, to those that it lets through. */
  fetch: typeof globalThis.fetch;
  userAgent: string;
  background: (work: Promise<unknown>) => void;
  now: () => number;
  log: Log;
};

export function composeKnowing(env: Bindings, around: Around): Knowing {
  const { config, database, now, log } = around;
  const knowledge = knowledgeOf(env);
  const embedders = embeddersOf(config, around.fetch, env.AI);
  const searching = searchingIn(env, around, { knowledge, embedders });
  return {
    knowledge,
    embedders,
    egress: makeEgress({
      fetch: around.fetch,
      resolve: makeResolve(),
      allow: config.EGRESS_ALLOW,
      allowLoopback: config.APP_ENV === "development",
      userAgent: around.userAgent,
    }),
    searching,
    retrieve: retrieveFrom(config, database, searching),
    sampled: (turn) => sampleTurn(env, around, turn),
    forgetDocuments: (documents) => forgetDocuments(documents, env, around, knowledge),
    index: {
      vectors: vectorize(env, config),
      shardSize: config.KNOWLEDGE_SHARD_CHUNKS,
      shard: (name) => reachingShard(env, name),
      now,
      log,
    },
  };
}

/**
 * Takes deleted documents out of index and R2, and forgets what was answered from them; what cannot be
 * reached just now is taken up by the clock.
 */
async function forgetDocuments(
  documents: readonly { id: string; tenant_id: string }[],
  env: Bindings,
  { database, cache, log }: Around,
  knowledge: KnowledgeOf,
): Promise<void> {
  for (const document of documents)
    try {
      await clearAway(database(document.tenant_id), document, {
        knowledge,
        originals: env.ORIGINALS,
      });
    } catch (thrown) {
      log.warning("document.unforgotten", { document_id: document.id, ...thrownFields(thrown) });
    }
  if (cache === null) return;
  for (const tenant_id of new Set(documents.map((document) => document.tenant_id)))
    try {
      await env.ANSWER_CACHES.get(env.ANSWER_CACHES.idFromName(tenant_id)).clear();
      cache.cleared(tenant_id);
    } catch (thrown) {
      log.warning("answers.unforgotten", { tenant_id, ...thrownFields(thrown) });
    }
}

const SHARD_REPEATS = {
  stateOf: "again",
  begin: "again",
  stage: "again",
  pending: "again",
  embedded: "again",
  publish: "again",
  remove: "again",
  searchShard: "again",
  around: "again",
  dropGeneration: "again",
  shardFigures: "again",
} as const;
const INDEX_REPEATS = {
  place: "again",
  search: "again",
  neighbours: "again",
  generations: "again",
  advance: "again",
  forget: "again",
  figures: "again",
  shards: "again",
} as const;
const NO_INDEX = "The documents could not be reached just now. Try again.";

function reachingShard(env: Bindings, name: string): KnowledgeShardCalls {
  const stub = () => env.KNOWLEDGE.get(env.KNOWLEDGE.idFromName(name));
  return reaching<KnowledgeShardCalls>(stub, SHARD_REPEATS, NO_INDEX);
}

function knowledgeOf(env: Bindings): KnowledgeOf {
  return (tenant_id) => ({
    index: reaching<KnowledgeIndexCalls>(
      () => env.KNOWLEDGE.get(env.KNOWLEDGE.idFromName(tenant_id)),
      INDEX_REPEATS,
      NO_INDEX,
    ),
    shard: (n) => reachingShard(env, n === 0 ? tenant_id : `${tenant_id}#${n}`),
  });
}

/** Each index of Vectorize holds vectors of one length; scripts/deploy.ts binds one as `VECTORS_<length>`. */
function vectorize(env: Bindings, { VECTOR_STORE, APP_ENV }: Config): Elsewhere {
  const used =
    VECTOR_STORE === "vectorize" || (VECTOR_STORE === "auto" && APP_ENV !== "development");
  return (dimensions) => {
    if (!used) return null;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is bound by that name is one
    const binding = Reflect.get(env, `VECTORS_${dimensions}`) as VectorizeCalls | undefined;
    return binding === undefined ? null : new VectorizeStore(binding, dimensions);
  };
}

function embeddersOf(config: Config, ask: typeof globalThis.fetch, ai: Ai | undefined): Embedders {
  const own = makeEmbedder(config, ask, ai);
  return {
    own,
    byId: (id) => (id === own.id ? own : embedderById(id, config, ask, ai)),
  };
}

/** What a search needs, but for who is asked beside it. */
function searchingIn(
  env: Bindings,
  { config, background, now, log }: Around,
  { knowledge, embedders }: Pick<Knowing, "knowledge" | "embedders">,
): Services["searching"] {
  const crossEncoder =
    env.AI !== undefined && config.WORKERS_AI !== "off" ? workersAiCrossEncoder(env.AI) : null;
  const told = new Map<string, number>();
  return (meter, signal) => ({
    knowledge,
    embedders,
    crossEncoder,
    spent: spentBy(meter),
    minScore: config.RAG_MIN_SCORE,
    outdated: (tenant_id) => {
      // Its vectors are made anew in the background; each isolate says so once in a while.
      if ((told.get(tenant_id) ?? 0) > now() - TOLD_FOR) return;
      told.set(tenant_id, now());
      background(
        env.INGESTION.send({ kind: "reembed", tenant_id }).then(
          () => undefined,
          (thrown: unknown) => log.warning("knowledge.outdated", thrownFields(thrown)),
        ),
      );
    },
    now,
    signal,
  });
}

/** Milliseconds. */
const TOLD_FOR = 10 * 60_000;

/** Has some of the turns with sources judged afterwards. A sample: what is lost of it is not missed. */
function sampleTurn(
  env: Bindings,
  { config, background, log }: Around,
  turn: Parameters<Services["sampled"]>[0],
): void {
  if (Math.random() >= judgedShare(config)) return;
  const message = judgeMessage(turn);
  if (message === null) return;
  background(
    env.INGESTION.send(message).then(
      () => undefined,
      (thrown: unknown) => log.warning("evaluation.unsampled", thrownFields(thrown)),
    ),
  );
}

/** Finds what documents say, in what its owner may read when it is asked. */
function retrieveFrom(
  config: Config,
  database: DatabaseOf,
  searching: Services["searching"],
): SharedTurnServices["retrieve"] {
  return async ({ owner, collections: ids, meter, ...asked }, signal) => {
    const rows = await searchable(database(owner.tenant_id), owner, ids);
    const missing = ids?.find((id) => !rows.some((row) => row.id === id));
    if (missing !== undefined)
      throw new AppError(
        "NOT_FOUND",
        "collections: there is no such collection, or it is not yours to read (any more). Name others; null in PATCH stands for all that you may read.",
        {
          field: "collections",
          collection_id: missing,
        },
      );
    return retrieve(
      {
        ...asked,
        collections: rows.map(withSettings),
        named: ids !== undefined,
        standard: { context_tokens: config.RAG_CONTEXT_TOKENS },
      },
      searching(meter, signal),
    );
  };
}
