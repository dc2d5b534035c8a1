// What can go wrong with a provider (seed 003 §5.1), and the one sentence a user reads of it. The
// vendor's own text stays in `cause`, for the log. The seed's "service unavailable" is two kinds here:
// `unreachable`, where nobody answered, and `failed`, where the vendor says so itself (500, 503, 529).
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

/**
 * Whose failure it is. `provider`: its server, our account there, or the way to it, so that everybody
 * else's requests may fail, too, and it counts against its circuit. `request`: what was asked, or what
 * the model wrote for it; another request may well be answered, and nobody else should be kept from asking.
 */
export type Blamed = "provider" | "request";

type Kind = { code: ErrorCode; retryable: boolean; blames: Blamed; says: string };

const KINDS: Record<ProviderErrorKind, Kind> = {
  rate_limit: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    blames: "provider",
    says: "is limiting requests at the moment. Try again shortly.",
  },
  authentication: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    blames: "provider",
    says: "refused Edgewise's credentials, or has no credit left. The operator should check its API key and account.",
  },
  invalid_request: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    blames: "request",
    says: "refused the request. Try other settings or another model.",
  },
  model_not_found: {
    code: "LLM_PROVIDER_ERROR",
    retryable: false,
    blames: "request",
    says: "does not have this model. Name another.",
  },
  content_filter: {
    code: "CONTENT_FILTERED",
    retryable: false,
    blames: "request",
    says: "declined this content. Rephrase the message.",
  },
  context_too_long: {
    code: "CONTEXT_TOO_LONG",
    retryable: false,
    blames: "request",
    says: "cannot read this much at once. Shorten the message or start a new conversation.",
  },
  timeout: {
    code: "LLM_TIMEOUT",
    retryable: false,
    blames: "provider",
    says: "did not answer in time. Try again, or with a shorter message.",
  },
  unreachable: {
    code: "SERVICE_UNAVAILABLE",
    retryable: true,
    blames: "provider",
    says: "could not be reached. Try again shortly.",
  },
  failed: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    blames: "provider",
    says: "failed. Try again.",
  },
  malformed: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    blames: "provider",
    says: "sent something that could not be read. Try again.",
  },
  interrupted: {
    code: "LLM_PROVIDER_ERROR",
    retryable: true,
    blames: "provider",
    says: "broke off before the answer was finished. Try again.",
  },
};

type Rest = {
  model?: string;
  status?: number;
  retryAfter?: number | undefined;
  requestId?: string | undefined;
  /** Follows the provider's name instead of the kind's own words; never the vendor's text. */
  says?: string;
  /** Where it is not whose failures of this kind are. */
  blames?: Blamed;
  cause?: unknown;
};

export class ProviderError extends AppError {
  readonly kind: ProviderErrorKind;
  readonly retryable: boolean;
  readonly blames: Blamed;
  /** Milliseconds, where the vendor named a wait. */
  readonly retryAfter: number | undefined;
  /** The vendor's own id of the request, for asking its support. */
  readonly requestId: string | undefined;
  readonly #provider: string;
  readonly #rest: Rest;

  constructor(kind: ProviderErrorKind, provider: string, rest: Rest = {}) {
    const { code, retryable, blames, says } = KINDS[kind];
    const details: Record<string, unknown> = { provider, retryable, reason: kind };
    if (rest.model !== undefined) details["model"] = rest.model;
    if (rest.requestId !== undefined) details["request_id"] = rest.requestId;
    if (rest.retryAfter !== undefined) details["retry_after"] = Math.ceil(rest.retryAfter / 1000);
    super(code, `${provider} ${rest.says ?? says}`, details, { cause: rest.cause });
    this.name = "ProviderError";
    this.kind = kind;
    this.retryable = retryable;
    this.blames = rest.blames ?? blames;
    this.retryAfter = rest.retryAfter;
    this.requestId = rest.requestId;
    this.#provider = provider;
    this.#rest = rest;
  }

  /** The same error, with what was not known where it was thrown. */
  of(request: { model: string; requestId: string | undefined }): ProviderError {
    const rest = { ...this.#rest, model: this.#rest.model ?? request.model };
    rest.requestId ??= request.requestId;
    return new ProviderError(this.kind, this.#provider, rest);
  }
}

/** As vendors name it; anything that does not look like an id is left out. */
export function requestIdOf(headers: Headers | undefined): string | undefined {
  for (const name of ["x-request-id", "request-id", "apim-request-id", "cf-ray"]) {
    const id = headers?.get(name) ?? "";
    if (/^[\w.:-]{1,100}$/.test(id)) return id;
  }
  return undefined;
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
