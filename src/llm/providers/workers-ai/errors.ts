// What the binding throws, and errors within its streams → ours
// (developers.cloudflare.com/workers-ai/platform/errors): plain errors whose messages begin with a number.
import { z } from "zod";
import { ProviderError, type ProviderErrorKind } from "../../errors.ts";
import { kindOfError } from "../../kind-of-error.ts";
import { WORKERS_AI } from "./models.ts";

const KINDS: ReadonlyMap<string, ProviderErrorKind> = new Map([
  ["3003", "invalid_request"],
  ["3006", "context_too_long"], // request is too large
  ["3007", "timeout"],
  ["3008", "timeout"], // aborted
  ["3023", "authentication"], // the account is blocked
  ["3036", "rate_limit"], // the account's daily allocation
  ["3040", "rate_limit"], // no capacity
  ["3041", "authentication"], // not the account's
  ["3042", "model_not_found"],
  ["5004", "invalid_request"],
  ["5005", "invalid_request"],
  ["5006", "invalid_request"], // not in the list: what was sent does not fit the model's schema
  ["5007", "model_not_found"],
  ["5016", "authentication"], // the model's agreement
  ["5018", "authentication"],
]);

const errorSchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() })]).optional(),
  errors: z.array(z.object({ message: z.string(), code: z.number().optional() })).optional(),
});

export function mapError(model: string, thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown.of({ model, requestId: undefined });
  const says = thrown instanceof Error ? thrown.message : "";
  const kind = thrown instanceof SyntaxError ? "malformed" : kindOf(says);
  return new ProviderError(kind, WORKERS_AI.id, { model, cause: thrown });
}

/** The error that a chunk consists of; null where it is none. */
export function errorIn(json: unknown): ProviderError | null {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return null;
  const { error, errors } = parsed.data;
  const [first] = errors ?? [];
  if (error === undefined && first === undefined) return null;
  const says =
    typeof error === "string"
      ? error
      : (error?.message ?? `${first?.code ?? ""}: ${first?.message ?? ""}`);
  return new ProviderError(kindOf(says), WORKERS_AI.id, { cause: json });
}

function kindOf(says: string): ProviderErrorKind {
  const parts =
    /^(?:[A-Za-z]+: )*(?:(?<code>\d{4})\b:? *)?(?<message>.*)/s.exec(says)?.groups ?? {};
  const { code = "", message } = parts;
  return KINDS.get(code) ?? kindOfError({ status: undefined, codes: [], message });
}
