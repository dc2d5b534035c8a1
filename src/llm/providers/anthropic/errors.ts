// The SDK's errors, and errors within a stream → ours (platform.claude.com/docs/en/api/errors).
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import { z } from "zod";
import { ProviderError, requestIdOf, retryAfterOf } from "../../errors.ts";
import { kindOfError } from "../../kind-of-error.ts";

const errorSchema = z.object({
  type: z.literal("error"),
  error: z.object({ type: z.string(), message: z.unknown().optional() }),
  request_id: z.string().nullish(),
});

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
    const { type, apiMessage: message } = thrown;
    return new ProviderError(kindOfError({ status, codes: [type], message }), "anthropic", {
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
  const kind = kindOfError({ status: undefined, codes: [type], message });
  return new ProviderError(kind, "anthropic", {
    requestId: requestIdOf(new Headers({ "request-id": failed.data.request_id ?? "" })),
    cause: json,
  });
}
