// The SDK's errors, and errors within a stream → ours.
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { OpenaiVendor } from "../../../vendors.ts";
import { kindOfStatus, ProviderError, requestIdOf, retryAfterOf } from "../../errors.ts";
import { errorSchema } from "./chunk.ts";

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
    return new ProviderError(
      kindOf(vendor, status, [thrown.code, thrown.type, status < 500 ? thrown.message : ""]),
      vendor.id,
      { ...rest, retryAfter: retryAfterOf(told, now), requestId: requestIdOf(told) },
    );
  }
  const kind = thrown instanceof SyntaxError ? "malformed" : "interrupted";
  return new ProviderError(kind, vendor.id, rest);
}

/** The error that a chunk, or an answer that is no stream, consists of; null where it is none. */
export function errorIn(vendor: OpenaiVendor, json: unknown): ProviderError | null {
  const failed = errorSchema.safeParse(json);
  if (!failed.success) return null;
  const { error } = failed.data;
  const says = typeof error === "string" ? [error] : [error.code, error.type, error.message];
  const code = typeof error === "string" ? undefined : error.code;
  const status = typeof code === "number" && code >= 400 && code < 600 ? code : 500;
  return new ProviderError(kindOf(vendor, status, says), vendor.id, { cause: json });
}

function kindOf(vendor: OpenaiVendor, status: number, words: readonly unknown[]) {
  const says = words.filter((word) => typeof word === "string").join(" ");
  const known = (vendor.errors ?? []).find((it) => it.says.test(says));
  return known?.kind ?? kindOfStatus(status, says);
}
