// The Worker: its entry points, and the objects bound to their services.
import { env } from "cloudflare:workers";
import { AccountObject } from "../durable-objects/account.ts";
import { BreakerObject } from "../durable-objects/breaker.ts";
import { AnswerCacheObject } from "../durable-objects/answer-cache.ts";
import { KnowledgeIndexObject } from "../durable-objects/knowledge-index.ts";
import { ConversationObject } from "../durable-objects/conversation.ts";
import { ThrottleObject } from "../durable-objects/throttle.ts";
import { makeApp } from "./app.ts";
import { tidyKnowledge } from "./jobs/tidying.ts";
import { giveUp, ingestQueued } from "./jobs/ingestion.ts";
import { startBatches } from "./jobs/batches.ts";
import { deliverQueued, deliverSlowly } from "./jobs/delivering.ts";
import { buryDeliveries, tidyWebhooks } from "./jobs/webhook-log.ts";
import { retainByPolicy } from "./jobs/retention.ts";
import { takeUpLetters, USAGE_QUEUES } from "./jobs/usage.ts";
import {
  type Bindings,
  composeAccount,
  composeBreaker,
  composeAnswerCache,
  composeConversation,
  composeJobs,
  composeRequest,
  composeShared,
} from "./compose.ts";

// At start, once an isolate: a configuration that cannot be used stops it here, by name.
const bindings = env as Bindings;
const shared = composeShared(bindings);
const app = makeApp(composeRequest(bindings, shared));

export class Conversation extends ConversationObject<Bindings> {
  constructor(context: DurableObjectState, objectEnv: Bindings) {
    super(context, objectEnv, composeConversation(shared));
  }
}

export class Account extends AccountObject<Bindings> {
  constructor(context: DurableObjectState, objectEnv: Bindings) {
    super(context, objectEnv, composeAccount(shared));
  }
}

export class Breaker extends BreakerObject<Bindings> {
  constructor(context: DurableObjectState, objectEnv: Bindings) {
    super(context, objectEnv, composeBreaker(shared));
  }
}

export class AnswerCache extends AnswerCacheObject<Bindings> {
  constructor(context: DurableObjectState, objectEnv: Bindings) {
    super(context, objectEnv, composeAnswerCache(shared));
  }
}

export class KnowledgeIndex extends KnowledgeIndexObject<Bindings> {
  constructor(context: DurableObjectState, objectEnv: Bindings) {
    super(context, objectEnv, shared.knowing.index);
  }
}

export class Throttle extends ThrottleObject<Bindings> {
  protected override now(): number {
    return Date.now();
  }
}

/** The consumers of wrangler.toml, by their queue. */
const QUEUES: Readonly<
  Record<string, (batch: MessageBatch, services: ReturnType<typeof composeJobs>) => Promise<void>>
> = {
  ...USAGE_QUEUES,
  "edgewise-ingestion": ingestQueued,
  "edgewise-ingestion-dead": giveUp,
  "edgewise-webhooks": deliverQueued,
  "edgewise-webhooks-slow": deliverSlowly,
  "edgewise-webhooks-dead": buryDeliveries,
  "edgewise-batches": startBatches,
};

export default {
  fetch: (request, requestEnv, context) => app.fetch(request, requestEnv, context),
  async scheduled() {
    const services = composeJobs(bindings, shared);
    await Promise.all([
      retainByPolicy(services),
      takeUpLetters(services),
      tidyKnowledge(services),
      tidyWebhooks(services),
    ]);
  },
  async queue(batch) {
    const consume = QUEUES[batch.queue];
    if (consume === undefined) throw new Error(`no consumer for ${batch.queue}`);
    await consume(batch, composeJobs(bindings, shared));
  },
} satisfies ExportedHandler<Bindings>;
