// Failures as OpenAI says them: `{"error": {message, type, param, code}}`, with its statuses. The same
// body is an answer, and the last chunk of a stream that fails.
// https://platform.openai.com/docs/guides/error-codes
import { z } from "zod";
import { type ErrorCode, type Failure, STATUS_OF } from "../../errors.ts";
import type { Problem } from "../issues.ts";

export const openaiErrorSchema = z.object({
  error: z
    .object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    })
    .meta({ ref: "OpenaiError" }),
});
export type OpenaiError = z.infer<typeof openaiErrorSchema>["error"];

/** Of its own words for what is wrong with a request, those that a failure here may name as its reason. */
const REASONS: ReadonlySet<unknown> = new Set([
  "model_not_found",
  "unsupported_parameter",
  "unsupported_value",
  "invalid_value",
]);

type Words = { type: string; code: string | null };

const WORDS: { [code in ErrorCode]: Words } = {
  VALIDATION_ERROR: refused(null),
  CONTENT_FILTERED: refused("content_filter"),
  CONTEXT_TOO_LONG: refused("context_length_exceeded"),
  AUTHENTICATION_ERROR: refused("invalid_api_key"),
  BUDGET_EXCEEDED: { type: "insufficient_quota", code: "insufficient_quota" },
  FORBIDDEN: { type: "permission_error", code: "insufficient_permissions" },
  NOT_FOUND: refused(null),
  CONVERSATION_NOT_FOUND: refused("conversation_not_found"),
  CONVERSATION_BUSY: refused("conversation_busy"),
  CONVERSATION_CLOSED: refused("conversation_closed"),
  CONFLICT: refused("conflict"),
  PAYLOAD_TOO_LARGE: refused("payload_too_large"),
  UNSUPPORTED_MEDIA_TYPE: refused("unsupported_media_type"),
  IDEMPOTENCY_CONFLICT: refused("idempotency_conflict"),
  RATE_LIMIT_EXCEEDED: { type: "requests", code: "rate_limit_exceeded" },
  INTERNAL_ERROR: failed(null),
  LLM_PROVIDER_ERROR: failed("provider_error"),
  SERVICE_UNAVAILABLE: failed("service_unavailable"),
  TURN_INTERRUPTED: failed("interrupted"),
  LLM_TIMEOUT: failed("timeout"),
};

function refused(code: string | null): Words {
  return { type: "invalid_request_error", code };
}

function failed(code: string | null): Words {
  return { type: "server_error", code };
}

/** Where a failure is another one to OpenAI: a vendor that has no such model, or refuses what was asked. */
function known({ code, details }: Pick<Failure, "code" | "details">): ErrorCode {
  if (code !== "LLM_PROVIDER_ERROR") return code;
  const { reason } = details;
  if (reason === "model_not_found") return "NOT_FOUND";
  return reason === "invalid_request" ? "VALIDATION_ERROR" : code;
}

/** Without details, as the code alone has it. A budget is a 429 to OpenAI, too. */
export function openaiStatus(code: ErrorCode, details: Failure["details"] = {}) {
  return code === "BUDGET_EXCEEDED" ? 429 : STATUS_OF[known({ code, details })];
}

export function openaiError(failure: Failure): OpenaiError {
  const { details, message } = failure;
  const { type, code } = WORDS[known(failure)];
  return {
    message,
    type: details["window"] === "tokens_per_minute" ? "tokens" : type,
    param: paramOf(failure),
    code: codeOf(failure) ?? code,
  };
}

/** OpenAI's clients send again by themselves, unless they are told that it does not help. */
export function openaiHeaders({ code, details }: Failure): Record<string, string> {
  const useless = code === "BUDGET_EXCEEDED" || details["retryable"] === false;
  return useless ? { "x-should-retry": "false" } : {};
}

/** What is wrong with a field, in OpenAI's words. */
const PROBLEMS: { [problem in Problem]: string } = {
  missing: "missing_required_parameter",
  wrong_type: "invalid_type",
  too_short: "string_below_min_length",
  too_long: "string_above_max_length",
  too_few: "empty_array",
  too_many: "array_above_max_length",
  too_small: "invalid_value",
  too_large: "invalid_value",
  invalid: "invalid_value",
};

function codeOf({ code, details }: Failure): string | null {
  const { reason, fields } = details;
  if (typeof reason === "string" && REASONS.has(reason)) return reason;
  const problem: unknown = Array.isArray(fields) ? fields[0]?.code : undefined;
  if (isProblem(problem)) return PROBLEMS[problem];
  return code === "NOT_FOUND" && Object.keys(details).length === 0 ? "unknown_url" : null;
}

function isProblem(problem: unknown): problem is Problem {
  return typeof problem === "string" && Object.hasOwn(PROBLEMS, problem);
}

/** `messages.0.content` is `messages[0].content` there. */
function paramOf({ code, details }: Failure): string | null {
  const { field, reason } = details;
  if (reason === "model_not_found") return "model";
  if (code === "CONTEXT_TOO_LONG") return "messages";
  if (code === "CONVERSATION_NOT_FOUND") return "edgewise.conversation_id";
  if (typeof field !== "string") return null;
  return field.replace(/^collections\b/, "edgewise.$&").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");
}
