// The SDK's errors, and errors within a stream → ours.
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { OpenaiVendor } from "../../../vendors.ts";
import { ProviderError, requestIdOf, retryAfterOf } from "../../errors.ts";
import { kindOfError } from "../../kind-of-error.ts";
import { errorSchema, moderatedSchema, toldSchema } from "./chunk.ts";

export function mapError(
  vendor: OpenaiVendor,
  request: { model: string; requestId: string | undefined },
  thrown: unknown,
  now: number,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown.of(request);
  const rest = { ...request, cause: thrown };
  if (thrown instanceof APIConnectionTimeoutError)
    return new ProviderError("timeout", vendor.id, rest);
  if (thrown instanceof APIConnectionError)
    return new ProviderError("unreachable", vendor.id, rest);
  if (thrown instanceof APIError) {
    const status = typeof thrown.status === "number" ? thrown.status : 500;
    const headers: unknown = thrown.headers;
    const told = headers instanceof Headers ? headers : undefined;
    return errorOf(vendor, status, thrown.error, {
      ...rest,
      retryAfter: retryAfterOf(told, now),
      requestId: requestIdOf(told),
    });
  }
  const kind = thrown instanceof SyntaxError ? "malformed" : "interrupted";
  return new ProviderError(kind, vendor.id, rest);
}

/** The error that a chunk, or an answer that is no stream, consists of; null where it is none. */
export function errorIn(vendor: OpenaiVendor, json: unknown): ProviderError | null {
  const failed = errorSchema.safeParse(json);
  if (!failed.success) return null;
  const { error } = failed.data;
  const code = typeof error === "string" ? undefined : error.code;
  const status = typeof code === "number" && code >= 400 && code < 600 ? code : undefined;
  return errorOf(vendor, status, error, { cause: json });
}

/** @param error what the vendor's JSON has under that name */
function errorOf(
  vendor: OpenaiVendor,
  status: number | undefined,
  error: unknown,
  rest: ConstructorParameters<typeof ProviderError>[2],
): ProviderError {
  const { code, type, message, metadata } = toldSchema.parse(error);
  if (typeof code === "string" && (vendor.unfit ?? []).includes(code))
    return new ProviderError("malformed", vendor.id, { ...rest, blames: "request" });
  const flagged = moderatedSchema.safeParse(metadata).success;
  const kind = flagged ? "content_filter" : kindOfError({ status, codes: [code, type], message });
  return new ProviderError(kind, vendor.id, rest);
}
