// The SDK's errors → ours.
import { APIConnectionError, APIError } from "@anthropic-ai/sdk";
import { kindOfStatus, ProviderError, retryAfterOf } from "../../errors.ts";

export function mapError(model: string, thrown: unknown, now: number): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof APIConnectionError)
    return new ProviderError("unreachable", "anthropic", { model, cause: thrown });
  if (thrown instanceof APIError) {
    // Anthropic has no code for a context that is too long, only a sentence. Inside a stream an
    // error comes without a status: `overloaded_error` and the like.
    const kind = kindOfStatus(
      typeof thrown.status === "number" ? thrown.status : 500,
      thrown.message,
    );
    return new ProviderError(kind, "anthropic", {
      model,
      retryAfter: retryAfterOf(thrown.headers, now),
      cause: thrown,
    });
  }
  const kind = thrown instanceof SyntaxError ? "malformed" : "interrupted";
  return new ProviderError(kind, "anthropic", { model, cause: thrown });
}
