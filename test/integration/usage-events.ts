// Events as they are in D1 when their calls are long over.
import { env } from "cloudflare:workers";
import { databases } from "../../src/store/database.ts";
import { insertUsage, type UsageEvent } from "../../src/store/usage.ts";
import { newTag } from "./client.ts";

export function usageEvent(about: Partial<UsageEvent> & Pick<UsageEvent, "user_id">): UsageEvent {
  const id = `turn_${newTag()}`;
  const outcome = about.outcome ?? "completed";
  return {
    id,
    turn_id: id,
    at: 0,
    tenant_id: about.user_id,
    key_id: null,
    tier: "free",
    conversation_id: null,
    purpose: "chat",
    feature: "chat",
    provider: "openai",
    model: "m",
    outcome,
    error: null,
    turn_status: outcome,
    turn_error: null,
    cached: null,
    prompt_tokens: 1,
    completion_tokens: 1,
    cached_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
    cost: 5,
    latency_ms: 0,
    ttft_ms: null,
    ...about,
  };
}

export const keepEvents = (events: UsageEvent[]) => insertUsage(databases(env.DB)(""), events);
