// The error taxonomy: one code enum, one status map. Inside, a failure is a value or an AppError;
// outside it is `{"error": {code, message, details, request_id}}`, rendered by `errorBody` alone.

/** Codes and statuses of the API (seed 003 §3.6 and appendix A, with Edgewise's own). */
export const STATUS_OF = {
  VALIDATION_ERROR: 400,
  CONTENT_FILTERED: 400,
  CONTEXT_TOO_LONG: 400,
  AUTHENTICATION_ERROR: 401,
  BUDGET_EXCEEDED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONVERSATION_NOT_FOUND: 404,
  CONVERSATION_BUSY: 409,
  CONVERSATION_CLOSED: 409,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_CONFLICT: 422,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  LLM_PROVIDER_ERROR: 502,
  SERVICE_UNAVAILABLE: 503,
  TURN_INTERRUPTED: 503,
  LLM_TIMEOUT: 504,
} as const;

export type ErrorCode = keyof typeof STATUS_OF;

/** An expected failure as plain data: it crosses RPC, storage and the wire unchanged. */
export type Failure = { code: ErrorCode; message: string; details: Record<string, unknown> };

/** A failure or a value: what an object answers, since thrown errors lose their class on RPC. */
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (
  code: ErrorCode,
  message: string,
  details: Record<string, unknown> = {},
): { ok: false; failure: Failure } => ({ ok: false, failure: { code, message, details } });

/** A failure on its way up a call stack. `cause` is for the log and never leaves. */
export class AppError extends Error {
  readonly failure: Failure;

  constructor(
    code: ErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "AppError";
    this.failure = { code, message, details };
  }
}

/** The value of a result, or its failure thrown. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, message, details } = result.failure;
  throw new AppError(code, message, details);
}

/** Anything thrown, as a failure that may be shown: what is not ours says nothing of itself. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof AppError) return thrown.failure;
  return {
    code: "INTERNAL_ERROR",
    message: "An unexpected error occurred. It has been logged; try again.",
    details: {},
  };
}

/** The public shape of a failure. */
export function errorBody(failure: Failure, requestId?: string) {
  return {
    code: failure.code,
    message: failure.message,
    details: failure.details,
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

export type ErrorBody = ReturnType<typeof errorBody>;

/** 404 for a conversation that is not there, or not the caller's: the two are not told apart. */
export const conversationNotFound = (id: string) =>
  fail(
    "CONVERSATION_NOT_FOUND",
    "No such conversation. List yours with GET /api/v1/conversations.",
    {
      conversation_id: id,
    },
  );
