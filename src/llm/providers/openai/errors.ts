// The SDK's errors → ours.
import { APIConnectionError, APIError } from "openai";
import { kindOfStatus, ProviderError, retryAfterOf } from "../../errors.ts";

export function mapError(
  provider: string,
  model: string,
  thrown: unknown,
  now: number,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof APIConnectionError)
    return new ProviderError("unreachable", provider, { model, cause: thrown });
  if (thrown instanceof APIError) {
    const says = `${thrown.code ?? ""} ${thrown.type ?? ""}`;
    // Without a status it came inside the stream, as a chunk.
    const kind = kindOfStatus(typeof thrown.status === "number" ? thrown.status : 500, says);
    return new ProviderError(kind, provider, {
      model,
      retryAfter: retryAfterOf(thrown.headers, now),
      cause: thrown,
    });
  }
  const kind = thrown instanceof SyntaxError ? "malformed" : "interrupted";
  return new ProviderError(kind, provider, { model, cause: thrown });
}
