// What goes wrong, as one class: an answer that is an error, a turn that failed, or no answer at all.
import type { ErrorBody } from "./types.ts";

type Facts = {
  status?: number | null;
  details?: Record<string, unknown>;
  requestId?: string | null;
  retryAfter?: number | null;
  cause?: unknown;
};

/** Worth asking again, where nothing has come of it yet. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** The same where there is no status, as of a frame that was refused. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  "RATE_LIMIT_EXCEEDED",
  "SERVICE_UNAVAILABLE",
  "INTERNAL_ERROR",
]);

/** The codes there are. What has another was said by somebody else. */
const CODES: { readonly [code in ErrorBody["code"]]: true } = {
  VALIDATION_ERROR: true,
  CONTENT_FILTERED: true,
  CONTEXT_TOO_LONG: true,
  AUTHENTICATION_ERROR: true,
  BUDGET_EXCEEDED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  CONVERSATION_NOT_FOUND: true,
  CONVERSATION_BUSY: true,
  CONVERSATION_CLOSED: true,
  CONFLICT: true,
  PAYLOAD_TOO_LARGE: true,
  UNSUPPORTED_MEDIA_TYPE: true,
  IDEMPOTENCY_CONFLICT: true,
  RATE_LIMIT_EXCEEDED: true,
  INTERNAL_ERROR: true,
  LLM_PROVIDER_ERROR: true,
  SERVICE_UNAVAILABLE: true,
  TURN_INTERRUPTED: true,
  LLM_TIMEOUT: true,
};

export class EdgewiseError extends Error {
  /** `NETWORK`: there was no answer. `UNEXPECTED`: somebody else answered, such as a proxy. */
  readonly code: ErrorBody["code"] | "NETWORK" | "UNEXPECTED";
  /** Null where it did not come as an answer's status. */
  readonly status: number | null;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;
  /** Seconds, where the server said how long to wait. */
  readonly retryAfter: number | null;

  constructor(code: EdgewiseError["code"], message: string, facts: Facts = {}) {
    super(message, "cause" in facts ? { cause: facts.cause } : undefined);
    this.name = "EdgewiseError";
    this.code = code;
    this.status = facts.status ?? null;
    this.details = facts.details ?? {};
    this.requestId = facts.requestId ?? null;
    this.retryAfter = facts.retryAfter ?? null;
  }

  /** Whether the same again may fare better. How a turn ended (its id is in `details`) stays as it is. */
  get passing(): boolean {
    if (this.code === "NETWORK") return true;
    if (this.details["turn_id"] !== undefined) return false;
    return this.status === null ? PASSING_CODES.has(this.code) : PASSING.has(this.status);
  }
}

/** As an answer, an event or a frame tells it. */
export function errorFrom(
  { code, message, details, request_id }: ErrorBody,
  status: number | null,
  retryAfter: number | null = null,
): EdgewiseError {
  const { retry_after } = details;
  const wait = retryAfter ?? (typeof retry_after === "number" ? retry_after : null);
  return new EdgewiseError(code, message, {
    status,
    details,
    requestId: request_id ?? null,
    retryAfter: wait,
  });
}

export const unreachable = (cause: unknown) =>
  new EdgewiseError("NETWORK", "The server could not be reached, or the connection broke.", {
    cause,
  });

/** Of an answer that is not Edgewise's: a proxy's, or that of a network which wants to be signed in to first. */
export function unexpected(
  { status, headers }: Response,
  retryAfter: number | null,
  cause: unknown,
): EdgewiseError {
  const requestId = headers.get("X-Request-Id");
  const message = `The answer was ${status}, and not in Edgewise's words.`;
  return new EdgewiseError("UNEXPECTED", message, { status, requestId, retryAfter, cause });
}

/** What an answer that is no success says. @throws the signal's reason, and nothing else */
export async function errorIn(response: Response, signal?: AbortSignal): Promise<EdgewiseError> {
  const retryAfter = secondsIn(response.headers.get("Retry-After"));
  try {
    const { error }: { error: ErrorBody } = await response.json();
    if (!Object.hasOwn(CODES, error.code) || typeof error.message !== "string")
      throw new Error(JSON.stringify(error));
    return errorFrom({ ...error, details: { ...error.details } }, response.status, retryAfter);
  } catch (cause) {
    signal?.throwIfAborted();
    return unexpected(response, retryAfter, cause);
  }
}

/** Retry-After is seconds, or a date (RFC 9110 §10.2.3). */
function secondsIn(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
