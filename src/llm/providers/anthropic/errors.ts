// The SDK's errors, and errors within a stream → ours (platform.claude.com/docs/en/api/errors).
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import { z } from "zod";
import {
  kindOfStatus,
  ProviderError,
  type ProviderErrorKind,
  requestIdOf,
  retryAfterOf,
} from "../../errors.ts";

const errorSchema = z.object({
  type: z.literal("error"),
  error: z.object({ type: z.string(), message: z.unknown().optional() }),
  request_id: z.string().nullish(),
});

/** Its types; `invalid_request_error` says only in its message what was wrong. */
const KINDS: Readonly<Record<string, ProviderErrorKind>> = {
  authentication_error: "authentication",
  billing_error: "authentication",
  permission_error: "authentication",
  not_found_error: "model_not_found",
  rate_limit_error: "rate_limit",
  request_too_large: "context_too_long",
  timeout_error: "timeout",
  api_error: "failed",
  overloaded_error: "failed",
};

export function mapError(
  request: { model: string; requestId: string | undefined },
  thrown: unknown,
  now: number,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown.of(request);
  const rest = { ...request, cause: thrown };
  if (thrown instanceof APIConnectionTimeoutError)
    return new ProviderError("timeout", "anthropic", rest);
  if (thrown instanceof APIConnectionError)
    return new ProviderError("unreachable", "anthropic", rest);
  if (thrown instanceof APIError) {
    const status = typeof thrown.status === "number" ? thrown.status : 500;
    const headers: unknown = thrown.headers;
    const told = headers instanceof Headers ? headers : undefined;
    return new ProviderError(kindOf(status, thrown.type ?? "", thrown.message), "anthropic", {
      ...rest,
      retryAfter: retryAfterOf(told, now),
      requestId: requestIdOf(told),
    });
  }
  const kind = thrown instanceof SyntaxError ? "malformed" : "interrupted";
  return new ProviderError(kind, "anthropic", rest);
}

/** The error that an event, or an answer that is no stream, consists of; null where it is none. */
export function errorIn(json: unknown): ProviderError | null {
  const failed = errorSchema.safeParse(json);
  if (!failed.success) return null;
  const { type, message } = failed.data.error;
  const says = typeof message === "string" ? message : "";
  const status = type === "invalid_request_error" ? 400 : 500;
  return new ProviderError(kindOf(status, type, says), "anthropic", {
    requestId: requestIdOf(new Headers({ "request-id": failed.data.request_id ?? "" })),
    cause: json,
  });
}

function kindOf(status: number, type: string, message: string): ProviderErrorKind {
  return KINDS[type] ?? kindOfStatus(status, status < 500 ? `${type} ${message}` : type);
}
