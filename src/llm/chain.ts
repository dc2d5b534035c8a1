// One answer from a chain of models: the first that is well is asked; where it fails the next goes on,
// from where the reader is. Whoever reads sees one answer, and is told of each seam.
import { AppError } from "../errors.ts";
import { attempt } from "./attempt.ts";
import { type Order, orderOf } from "./order.ts";
import type { Breakers } from "./breakers.ts";
import type { Meter } from "./calls.ts";
import type { Patience } from "./deadline.ts";
import { ProviderError } from "./errors.ts";
import { fitted } from "./fitting.ts";
import type { ModelRequest, Provider } from "./provider.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";
import { type AnswerEvent, isContinuable, joined } from "./seam.ts";
import { seamNotice } from "./seam-notice.ts";

/** A model that may answer. */
export type Link = {
  provider: Provider;
  model: string;
  /** Milliseconds to its first event. */
  timeout: number;
};

export type ChainServices = {
  breakers: Pick<
    Breakers,
    "phase" | "mayProbe" | "takeProbe" | "failed" | "succeeded" | "returnProbe" | "wait"
  >;
  retry: RetryPolicy;
  /** Milliseconds of silence in the middle of an answer. */
  stall: number;
};

/** Milliseconds: nobody waits longer for a model that is only asked to find out whether it is back. */
const PROBE_PATIENCE = 5000;

/**
 * Streams the answer to `request`; its model is each link's own.
 * @param links the first is the one that was asked for
 * @throws {ProviderError} the first that was met, where none could answer; the signal's reason where
 * that ended it; {AppError} SERVICE_UNAVAILABLE where none was worth asking
 */
export async function* answerFrom(
  links: readonly Link[],
  request: ModelRequest,
  signal: AbortSignal,
  meter: Meter,
  services: ChainServices,
): AsyncGenerator<AnswerEvent> {
  const [wanted] = links;
  const errors: ProviderError[] = [];
  let said = request.continues ?? "";
  /** Whose words the reader saw last. */
  let speaker: Link | null = null;
  let callBegun = false;
  /** What was too long for one model is asked of those only that read more at once. */
  let leastContext = 0;
  const turns = function* (): Generator<Order> {
    yield* orderOf(links, services.breakers);
    // Nobody is left to go on: whoever broke off in the middle is asked for the rest, once.
    if (speaker !== null && request.purpose === "chat")
      yield { link: speaker, probes: false, once: true };
  };
  for (const turn of turns()) {
    const { link } = turn;
    const own = fitted(request, link, link === wanted);
    if (own === null || link.provider.contextTokens(link.model) < leastContext) continue;
    if (turn.probes && !services.breakers.takeProbe(link.provider.id, link.model)) continue;
    const afresh = said !== "" && (callBegun || !isContinuable(request));
    const asked = { ...own, continues: said === "" || afresh ? undefined : said };
    const told = seamNotice(wanted ?? link, speaker, link, errors.at(-1)?.kind, request);
    callBegun = false;
    try {
      const events = asking(turn, asked, signal, meter, services);
      for await (const event of joined(events, said, afresh, told)) {
        if (event.type === "text") said += event.text;
        else if (event.type === "rewind") said = said.slice(0, event.offset);
        else if (event.type === "tool_call.started") callBegun = true;
        if (event.type !== "notice") speaker = link;
        yield event;
      }
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof ProviderError)) throw thrown;
      // What the model that was asked for refuses is no other's; what another refuses is its own affair.
      if (link === wanted && !mayBeAnothers(thrown)) throw thrown;
      errors.push(thrown);
      if (thrown.kind === "context_too_long")
        leastContext = link.provider.contextTokens(link.model) + 1;
    } finally {
      if (turn.probes) services.breakers.returnProbe(link.provider.id, link.model);
    }
  }
  throw errors[0] ?? offline(links, services.breakers);
}

/** One link, with its retries; its circuit learns how each attempt ended. */
function asking(
  { link: { provider, model, timeout }, probes, once }: Order,
  request: ModelRequest,
  signal: AbortSignal,
  meter: Meter,
  { breakers, retry, stall }: ChainServices,
) {
  const patience: Patience = {
    first: probes ? Math.min(timeout, PROBE_PATIENCE) : timeout,
    between: stall,
  };
  async function* ask() {
    try {
      for await (const event of attempt(provider, request, signal, meter, patience)) {
        if (event.type === "finish") breakers.succeeded(provider.id, model);
        yield event;
      }
    } catch (thrown) {
      if (thrown instanceof ProviderError && !signal.aborted && thrown.blames === "provider")
        breakers.failed(provider.id, model, thrown.retryAfter);
      throw thrown;
    }
  }
  const policy = probes || once ? { ...retry, attempts: 1 } : retry;
  return withRetry(ask, policy, signal, () => breakers.phase(provider.id, model) !== "open");
}

/** Whether another model may do better: what was asked is not carried from one to the next until one takes it. */
function mayBeAnothers({ kind }: ProviderError): boolean {
  return kind !== "invalid_request" && kind !== "content_filter";
}

/** What a caller is told where no model is worth asking: nothing is lost, and when to come back. */
function offline(links: readonly Link[], breakers: ChainServices["breakers"]): AppError {
  const waits = links.map(({ provider, model }) => breakers.wait(provider.id, model));
  return new AppError(
    "SERVICE_UNAVAILABLE",
    "No model can be reached at the moment. Nothing is lost: send the message again in a while.",
    {
      provider: links[0]?.provider.id ?? null,
      retryable: true,
      reason: OFFLINE,
      service_level: "offline",
      retry_after: Math.max(1, Math.ceil(Math.min(...waits) / 1000)),
    },
  );
}

const OFFLINE = "offline";

export function isOffline(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.failure.details["reason"] === OFFLINE;
}
