// What can go wrong with a provider (seed 003 §5.1), and the one sentence a user reads of it. The
// vendor's own text stays in `cause`, for the log.
import { AppError, type ErrorCode } from "../errors.ts";

export type ProviderErrorKind =
  | "rate_limit"
  | "authentication"
  | "invalid_request"
  | "model_not_found"
  | "content_filter"
  | "context_too_long"
  | "timeout"
  | "unreachable"
  | "failed"
  | "malformed"
  | "interrupted";

const KINDS: Record<ProviderErrorKind, { code: ErrorCode; retryable: boolean; says: string }> = {
  rate_limit: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    says: "is limiting requests at the moment. Try again shortly.",
  },
  authentication: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    says: "refused Edgewise's credentials. The operator should check its API key.",
  },
  invalid_request: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    says: "refused the request. Try other settings or another model.",
  },
  model_not_found: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    says: "does not have this model. Name another.",
  },
  content_filter: {
    code: "CONTENT_FILTERED",
    retryable: false,
    says: "declined this content. Rephrase the message.",
  },
  context_too_long: {
    code: "CONTEXT_TOO_LONG",
    retryable: false,
    says: "cannot read this much at once. Shorten the message or start a new conversation.",
  },
  timeout: {
    code: "LLM_TIMEOUT",
    retryable: false,
    says: "did not answer in time. Try again, or with a shorter message.",
  },
  unreachable: {
    code: "SERVICE_UNAVAILABLE",
    retryable: true,
    says: "could not be reached. Try again shortly.",
  },
  failed: { code: "LLM_PROVIDER_ERROR", retryable: true, says: "failed. Try again." },
  malformed: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    says: "sent something that could not be read. Try again.",
  },
  interrupted: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    says: "broke off before the answer was finished. What arrived is kept; try again.",
  },
};

export class ProviderError extends AppError {
  readonly kind: ProviderErrorKind;
  readonly retryable: boolean;
  /** Milliseconds, where the vendor named a wait. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ProviderErrorKind,
    provider: string,
    rest: {
      model?: string;
      status?: number;
      retryAfter?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    const { code, retryable, says } = KINDS[kind];
    const details: Record<string, unknown> = { provider, retryable, reason: kind };
    if (rest.model !== undefined) details["model"] = rest.model;
    if (rest.retryAfter !== undefined) details["retry_after"] = Math.ceil(rest.retryAfter / 1000);
    super(code, `${provider} ${says}`, details, { cause: rest.cause });
    this.name = "ProviderError";
    this.kind = kind;
    this.retryable = retryable;
    this.retryAfter = rest.retryAfter;
  }
}

/** What an HTTP answer that is no success means. `code` is the vendor's own word for it. */
export function kindOfStatus(status: number, code: string): ProviderErrorKind {
  if (/context_length|context_window|prompt is too long|too many tokens/i.test(code))
    return "context_too_long";
  if (/content_(filter|policy)/i.test(code)) return "content_filter";
  if (status === 401 || status === 403) return "authentication";
  if (status === 404) return "model_not_found";
  if (status === 408 || status === 504) return "timeout";
  if (status === 429) return "rate_limit";
  if (status >= 500) return "failed";
  return "invalid_request";
}

/** `retry-after-ms`, or `retry-after` as seconds or an HTTP date, in milliseconds from `now`. */
export function retryAfterOf(headers: Headers | undefined, now: number): number | undefined {
  const milliseconds = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers?.get("retry-after");
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
