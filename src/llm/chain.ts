// One answer from a chain of models: the first that is well is asked; where it fails the next goes on,
// from where the reader is. Whoever reads sees one answer, and is told of each seam.
import { AppError } from "../errors.ts";
import type { Notice } from "../protocol/message.ts";
import { attempt } from "./attempt.ts";
import type { Phase } from "./breaker.ts";
import type { Breakers } from "./breakers.ts";
import type { Meter } from "./calls.ts";
import type { Patience } from "./deadline.ts";
import { ProviderError, type ProviderErrorKind } from "./errors.ts";
import type { ModelRequest, Provider } from "./provider.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";
import { type AnswerEvent, isContinuable, joined, type Told } from "./seam.ts";

/** A model that may answer. */
export type Link = {
  provider: Provider;
  model: string;
  /** Milliseconds to its first event. */ timeout: number;
};

export type ChainServices = {
  breakers: Pick<Breakers, "policy" | "phase" | "takeProbe" | "failed" | "succeeded">;
  retry: RetryPolicy;
  /** Milliseconds of silence in the middle of an answer. */
  stall: number;
};

/** Milliseconds: nobody waits longer for a model that is only asked to find out whether it is back. */
const PROBE_PATIENCE = 5000;

/** Failures that are the model's, or its way to us: they count against it, and another may do better. */
const ITS_OWN: ReadonlySet<ProviderErrorKind> = new Set([
  "rate_limit",
  "authentication",
  "timeout",
  "unreachable",
  "failed",
  "malformed",
  "interrupted",
]);

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
  const order = arranged(links, services.breakers);
  const errors: ProviderError[] = [];
  let said = request.continues ?? "";
  let callBegun = false;
  /** What was too long for one model is asked of those only that read more at once. */
  let leastContext = 0;
  // Grows by one at the most, while it is walked.
  for (const { link, probe } of order) {
    if (link.provider.contextTokens(link.model) < leastContext) continue;
    const afresh = said !== "" && (callBegun || !isContinuable(request));
    const asked: ModelRequest = {
      ...request,
      model: link.model,
      continues: said === "" || afresh ? undefined : said,
    };
    callBegun = false;
    let spoke = false;
    try {
      const events = asking(link, asked, signal, meter, services, probe);
      for await (const event of joined(
        events,
        said,
        afresh,
        tellOf(links, link, errors.at(-1), request),
      )) {
        if (event.type === "text") said += event.text;
        else if (event.type === "rewind") said = said.slice(0, event.offset);
        else if (event.type === "tool_call.started") callBegun = true;
        spoke ||= event.type !== "notice";
        yield event;
      }
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof ProviderError) || !isAnothers(thrown)) throw thrown;
      errors.push(thrown);
      if (thrown.kind === "context_too_long")
        leastContext = link.provider.contextTokens(link.model) + 1;
      // Nobody is left to go on: whoever broke off in the middle is asked for the rest, once.
      const last = order.at(-1);
      const reads = request.purpose === "chat";
      if (spoke && reads && last?.link === link && last.again !== true)
        order.push({ link, probe: true, again: true });
    }
  }
  throw errors[0] ?? offline(links, services.breakers.policy.cooldown);
}

type Turn = {
  link: Link;
  /** One attempt, and not a long one. */
  probe: boolean;
  again?: boolean;
};

/** Those that are well in their order, then those that failed last, then those that may be back. */
function arranged(links: readonly Link[], breakers: ChainServices["breakers"]): Turn[] {
  const phases = links.map((link) => ({
    link,
    phase: breakers.phase(link.provider.id, link.model),
  }));
  const of = (...wanted: Phase[]) => phases.filter(({ phase }) => wanted.includes(phase));
  const turns: Turn[] = [];
  for (const { link, phase } of of("closed", "half_open"))
    if (phase === "closed") turns.push({ link, probe: false });
    // One call finds out for all; where nobody else is well there is nothing to lose.
    else if (breakers.takeProbe(link.provider.id, link.model)) turns.push({ link, probe: true });
  for (const { link } of of("suspect")) turns.push({ link, probe: turns.length > 0 });
  if (turns.length === 0) for (const { link } of of("half_open")) turns.push({ link, probe: true });
  return turns;
}

/** One link, with its retries; its circuit learns how each attempt ended. */
function asking(
  { provider, model, timeout }: Link,
  request: ModelRequest,
  signal: AbortSignal,
  meter: Meter,
  { breakers, retry, stall }: ChainServices,
  probe: boolean,
) {
  const patience: Patience = {
    first: probe ? Math.min(timeout, PROBE_PATIENCE) : timeout,
    between: stall,
  };
  async function* once() {
    try {
      for await (const event of attempt(provider, request, signal, meter, patience)) {
        if (event.type === "finish") breakers.succeeded(provider.id, model);
        yield event;
      }
    } catch (thrown) {
      if (thrown instanceof ProviderError && !signal.aborted && ITS_OWN.has(thrown.kind))
        breakers.failed(provider.id, model, thrown.retryAfter);
      throw thrown;
    }
  }
  const policy = probe ? { ...retry, attempts: 1 } : retry;
  return withRetry(once, policy, signal, () => breakers.phase(provider.id, model) !== "open");
}

/** Whether another model may do better. */
function isAnothers({ kind }: ProviderError): boolean {
  return ITS_OWN.has(kind) || kind === "model_not_found" || kind === "context_too_long";
}

/** What a reader is told where `link` begins to speak: nothing, where it is the one that was asked for. */
function tellOf(
  links: readonly Link[],
  link: Link,
  error: ProviderError | undefined,
  { continues }: ModelRequest,
): Told | null {
  const [first] = links;
  if (first === undefined) return null;
  const from = nameOf(first);
  const to = nameOf(link);
  if (link === first && error === undefined)
    return continues === undefined ? null : ({ offset, afresh }) => recovered(offset, afresh);
  return ({ offset, afresh }): Notice => ({
    code: "fallback",
    message: saysWhy(from, to, offset, afresh),
    offset,
    details: { from, to, reason: error?.kind ?? "unavailable", service_level: "degraded" },
  });
}

function saysWhy(from: string, to: string, offset: number, afresh: boolean): string {
  if (from === to) return `${from} broke off ${afresh ? "and began anew" : "here and went on"}.`;
  if (offset > 0) return `${from} broke off here, and ${to} went on.`;
  return afresh
    ? `${from} broke off, and ${to} began anew.`
    : `${from} could not answer, so ${to} did.`;
}

function recovered(offset: number, afresh: boolean): Notice {
  return {
    code: "recovered",
    message: afresh
      ? "The answer was interrupted, and begun anew."
      : "The answer was interrupted here and taken up again.",
    offset,
  };
}

const nameOf = ({ provider, model }: Link) => `${provider.id}/${model}`;

/** What a caller is told where no model is worth asking: nothing is lost, and when to come back. */
function offline([first]: readonly Link[], cooldown: number): AppError {
  return new AppError(
    "SERVICE_UNAVAILABLE",
    "No model can be reached at the moment. Nothing is lost: send the message again in a while.",
    {
      provider: first?.provider.id ?? null,
      retryable: true,
      reason: OFFLINE,
      service_level: "offline",
      retry_after: Math.ceil(cooldown / 1000),
    },
  );
}

const OFFLINE = "offline";

export function isOffline(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.failure.details["reason"] === OFFLINE;
}
