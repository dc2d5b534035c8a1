// Which kind an error is, by what a vendor tells of it: its own codes, its status, and last its sentence.
// Vendors repeat in their sentences what the caller wrote (the name of a tool, the address of a picture, a
// model), so a sentence counts only where it is one that they are known to say, from its first word on,
// and, but for one, only for what is wrong with the request itself: no caller can make a provider look ill.
import type { ProviderErrorKind } from "./errors.ts";

/** The vendors' `code` and `type`, in lower case. */
const CODES: ReadonlyMap<string, ProviderErrorKind> = new Map([
  ["context_length_exceeded", "context_too_long"],
  ["exceed_context_size_error", "context_too_long"], // llama.cpp
  ["request_too_large", "context_too_long"],
  ["content_filter", "content_filter"],
  ["content_policy_violation", "content_filter"],
  ["responsibleaipolicyviolation", "content_filter"],
  ["data_inspection_failed", "content_filter"],
  ["model_not_found", "model_not_found"],
  ["model_not_exist", "model_not_found"],
  ["model_decommissioned", "model_not_found"],
  ["deploymentnotfound", "model_not_found"],
  ["invalid_model", "model_not_found"],
  ["not_found_error", "model_not_found"],
  ["invalid_api_key", "authentication"],
  ["authentication_error", "authentication"],
  ["permission_error", "authentication"],
  ["unauthorized", "authentication"],
  ["billing_error", "authentication"],
  ["billing_not_active", "authentication"],
  ["billing_hard_limit_reached", "authentication"],
  ["contract_spend_limit", "authentication"],
  ["insufficient_quota", "authentication"],
  ["insufficient_balance", "authentication"],
  ["insufficient_credits", "authentication"],
  ["rate_limit_error", "rate_limit"],
  ["rate_limit_exceeded", "rate_limit"],
  ["too_many_requests", "rate_limit"],
  ["flex_tier_capacity_exceeded", "rate_limit"], // Groq
  ["capacity_exceeded", "rate_limit"],
  ["timeout_error", "timeout"],
  ["overloaded_error", "failed"],
]);

type Told = "context_too_long" | "content_filter" | "model_not_found" | "authentication";

/** What vendors say where they have no code for it; they are read, never shown. */
const SENTENCES: readonly { says: RegExp; kind: Told }[] = [
  // Anthropic has no code for it. It begins with words of Anthropic's own, so nobody else's are in it.
  { kind: "authentication", says: /^Your credit balance is too low to access the Anthropic API/ },
  {
    kind: "context_too_long",
    says: new RegExp(
      [
        // OpenAI, DeepSeek, vLLM; OpenRouter
        "This (model|endpoint)'s maximum context length is \\d",
        "Your input exceeds the context window of this model",
        "Input tokens exceed the configured limit of \\d",
        // OpenAI and Groq: more in one request than a minute may have
        "Request too large for ",
        "Please reduce the length of the messages",
        // Anthropic
        "prompt is too long\\b",
        "input length and `max_tokens` exceed context limit",
        // Mistral
        "Prompt contains \\d+ tokens\\b.{0,80} too large for model",
        // vLLM
        "The (decoder )?prompt \\(length \\d+\\) is longer than the maximum model length",
        "You passed \\d+ input (tokens|characters) and requested \\d+ output tokens",
        "'max_(completion_)?tokens'.{0,40} is too large: \\d+\\. This model's maximum context length",
        // llama.cpp
        "the request exceeds the available context size",
        // Workers AI
        "The estimated number of input and maximum output tokens \\(\\d+\\) exceeded",
      ]
        .map((start) => `^${start}`)
        .join("|"),
    ),
  },
  {
    kind: "content_filter",
    says: new RegExp(
      [
        // OpenAI and Azure
        "The response was filtered due to the prompt triggering",
        "Your request was rejected as a result of our safety system",
        "Invalid prompt: your prompt was flagged",
        // Anthropic
        "Output blocked by content filtering policy",
        // DeepSeek
        "Content Exists Risk",
      ]
        .map((start) => `^${start}`)
        .join("|"),
    ),
  },
  {
    kind: "model_not_found",
    says: new RegExp(
      [
        "The model [`'\"]?[^\\s`'\"]+[`'\"]? (does not exist|has been (deprecated|decommissioned))",
        "The API deployment for this resource does not exist", // Azure
        "Model Not Exist", // DeepSeek
        "[Mm]odel [`'\"]?[^\\s`'\"]+[`'\"]? not found\\b", // Ollama
        "Invalid model: ", // Mistral
        "\\S+ is not a valid model ID$", // OpenRouter
      ]
        .map((start) => `^${start}`)
        .join("|"),
    ),
  },
];

export type ToldError = {
  /** Undefined where it stood inside a stream that began well, and told none. */
  status: number | undefined;
  /** `code`, `type` and the like, whatever they hold. */
  codes: readonly unknown[];
  /** The vendor's sentence alone, without what an SDK puts before it. */
  message: unknown;
};

export function kindOfError({ status, codes, message }: ToldError): ProviderErrorKind {
  if (status === 413) return "context_too_long";
  const words = codes.flatMap((code) => (typeof code === "string" ? [code.toLowerCase()] : []));
  const coded = words.map((word) => CODES.get(word)).find((kind) => kind !== undefined);
  // A request that is over a minute's limit all by itself has the code of a limit, and concerns nobody else.
  if (coded !== undefined && coded !== "rate_limit") return coded;
  const said =
    typeof message === "string" && isRefusal(status)
      ? SENTENCES.find(({ says }) => says.test(message))?.kind
      : undefined;
  if (said !== undefined) return said;
  if (coded !== undefined) return coded;
  if (status === undefined)
    return words.includes("invalid_request_error") ? "invalid_request" : "failed";
  return kindOfStatus(status);
}

/** Whether the request may be what is wrong: then a sentence says in what way. */
function isRefusal(status: number | undefined): boolean {
  return status === undefined || (status >= 400 && status < 500 && !OF_THE_ACCOUNT.has(status));
}

const OF_THE_ACCOUNT: ReadonlySet<number> = new Set([401, 402, 403]);

function kindOfStatus(status: number): ProviderErrorKind {
  if (OF_THE_ACCOUNT.has(status)) return "authentication";
  if (status === 404) return "model_not_found";
  if (status === 408 || status === 504) return "timeout";
  if (status === 429 || status === 498) return "rate_limit";
  return status >= 500 ? "failed" : "invalid_request";
}
