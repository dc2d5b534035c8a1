// An answer, wherever it comes from: kept from before, from the chain of models, or, where none of them
// can answer, kept from longer ago. Whoever is told an old answer is told that it is one.
import { isOfSettings } from "./retry.ts";
import type { Notice } from "../protocol/message.ts";
import type { AnswerCache, CachedAnswer } from "./cache/answers.ts";
import { identify, type Identity } from "./cache/identity.ts";
import { replay } from "./cache/replay.ts";
import type { Meter } from "./calls.ts";
import { answerFrom, type ChainServices, isOffline, type Link } from "./chain.ts";
import { ProviderError } from "./errors.ts";
import type { ModelRequest } from "./provider.ts";
import type { AnswerEvent } from "./seam.ts";

/** How a request uses what was kept. */
export type Caching = {
  tenant_id: string;
  /** What may be looked up for it. */
  knowledge: readonly string[];
  /** From the very same request's answer. `in_need`: only where no model can answer. */
  exact: "off" | "in_need" | "always";
  /** From that to a question that asks the same in other words. */
  semantic: boolean;
};

type Asked = {
  links: readonly Link[];
  request: ModelRequest;
  signal: AbortSignal;
  meter: Meter;
  caching: Caching | null;
};

/** @throws as `answerFrom` does, where nothing was kept either */
export async function* answer(
  { links, request, signal, meter, caching }: Asked,
  services: ChainServices,
  cache: AnswerCache | null,
): AsyncGenerator<AnswerEvent> {
  const [first] = links;
  // What goes on from a partial answer is no question of its own; the embedded model costs nothing.
  const keeps =
    cache !== null && caching !== null && request.continues === undefined && first !== undefined;
  if (!keeps || first.provider.id === "embedded") {
    yield* answerFrom(links, request, signal, meter, services);
    return;
  }
  const identity = await identityOf(first, request, caching);
  const { semantic } = caching;
  const wanted = { exact: caching.exact === "always", semantic };
  const looks = wanted.exact || wanted.semantic;
  if (looks) {
    const kept = await cache.lookup(
      identity,
      { ...wanted, stale: false, counts: true },
      signal,
      meter,
    );
    signal.throwIfAborted();
    if (kept !== null) {
      yield* told(kept, request, meter, false);
      return;
    }
  }
  const notices: Notice[] = [];
  let text = "";
  let reasoning = "";
  let tool_calls = 0;
  let begun = false;
  let refused = false;
  try {
    for await (const event of answerFrom(links, request, signal, meter, services)) {
      begun ||= event.type !== "notice";
      if (event.type === "text") text += event.text;
      else if (event.type === "reasoning") reasoning += event.text;
      else if (event.type === "notice") {
        if (isOfSettings(event.notice)) notices.push(event.notice);
        refused ||= event.notice.code === "refused";
      } else if (event.type === "rewind") text = text.slice(0, event.offset);
      else if (event.type === "tool_call") tool_calls += 1;
      else if (event.type === "finish" && looks && !refused) {
        const by = meter.calls().findLast(({ purpose }) => purpose === request.purpose);
        const { reason, usage } = event;
        if (by !== undefined)
          cache.keep(
            identity,
            {
              text,
              reasoning,
              notices,
              json: isObjectAsked(request),
              reason,
              usage,
              tool_calls,
              provider: by.provider,
              model: by.model,
            },
            wanted,
          );
      }
      yield event;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (begun || !(thrown instanceof ProviderError || isOffline(thrown))) throw thrown;
    // The second time it is still one request.
    const inNeed = { exact: caching.exact !== "off", semantic, stale: true, counts: !looks };
    const kept = await cache.lookup(identity, inNeed, signal, meter);
    signal.throwIfAborted();
    if (kept === null) throw thrown;
    yield* told(kept, request, meter, true);
  }
}

function identityOf(
  { provider, model }: Link,
  request: ModelRequest,
  { tenant_id, knowledge }: Caching,
): Promise<Identity> {
  const { system, tools, tool_choice, parallel_tool_calls, response_format } = request;
  const { settings, defaults, messages } = request;
  return identify({
    tenant_id,
    provider: provider.id,
    model,
    system,
    tools,
    tool_choice,
    parallel_tool_calls,
    response_format,
    knowledge,
    settings,
    defaults,
    messages,
  });
}

/** @param inNeed no model could answer */
function* told(
  kept: CachedAnswer,
  { purpose }: ModelRequest,
  meter: Meter,
  inNeed: boolean,
): Generator<AnswerEvent> {
  const { kind, entry } = kept;
  meter.hit(kind, { purpose, provider: entry.provider, model: entry.model });
  yield { type: "notice", notice: noticeOf(kept, inNeed) };
  for (const notice of entry.notices) yield { type: "notice", notice };
  for (const text of replay(entry.reasoning)) yield { type: "reasoning", text };
  for (const text of replay(entry.text)) yield { type: "text", text };
  yield {
    type: "finish",
    reason: { unified: "stop", raw: entry.finish },
    usage: { prompt: 0, completion: 0, total: 0 },
  };
}

const isObjectAsked = ({ response_format }: ModelRequest) =>
  response_format !== undefined && response_format.type !== "text";

function noticeOf({ kind, entry, age_ms, similarity }: CachedAnswer, inNeed: boolean): Notice {
  const age = Math.round(age_ms / 1000);
  const what = kind === "exact" ? "This question" : "A question that asks the same in other words";
  const when = `${what} was answered ${ago(age)}`;
  return {
    code: "cached_answer",
    message: inNeed
      ? `No model can answer just now. ${when}; this is that answer.`
      : `${when}; this is that answer, and no model was asked.`,
    details: {
      kind,
      age_seconds: age,
      from: `${entry.provider}/${entry.model}`,
      ...(similarity === undefined ? {} : { similarity: Number(similarity.toFixed(3)) }),
      ...(inNeed ? { service_level: "minimal" } : {}),
    },
  };
}

function ago(seconds: number): string {
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`;
}
