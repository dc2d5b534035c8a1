// What vendors' errors mean, and whose failure they are. Their sentences repeat what a caller wrote: none
// of it may make a provider look ill.
import { expect, test } from "vitest";
import { kindOfError } from "../../../src/llm/kind-of-error.ts";
import type { Provider } from "../../../src/llm/provider.ts";
import { workersAiProvider } from "../../../src/llm/providers/workers-ai/provider.ts";
import {
  adapter,
  expectShowable,
  httpAdapters,
  never,
  play,
  request,
  type VendorFetch,
} from "./adapters.ts";

const refusing =
  (status: number, body: unknown): VendorFetch =>
  () =>
    Promise.resolve(Response.json(body, { status }));

function adapterOf(id: string, fetch: VendorFetch): Provider {
  const found = httpAdapters(undefined, fetch).find((it) => it.id === id);
  if (found === undefined) throw new Error(`no adapter is called ${id}`);
  return found;
}

async function errorOf(provider: Provider) {
  const { error } = await play(provider.stream(request("m"), never));
  return expectShowable(error, provider.id);
}

const sentence = (message: string, rest: object = {}) => ({
  error: { message, type: "invalid_request_error", code: null, ...rest },
});

test.each<[vendor: string, status: number, body: unknown, kind: string]>([
  ...["rate_limit", "unauthorized", "timeout_error", "billing", "model_not_found"].map(
    (name): [string, number, unknown, string] => [
      "openai",
      400,
      sentence(`Invalid schema for function '${name}': In context=(), object schema missing.`, {
        code: "invalid_function_parameters",
      }),
      "invalid_request",
    ],
  ),
  [
    "openai",
    400,
    sentence("Error while downloading https://evil.example/too_many_requests.png."),
    "invalid_request",
  ],
  ["openai", 404, sentence("The model 'billing-17' does not exist"), "model_not_found"],
  ["vllm", 422, sentence("Input should be 'rate limit', not 'context length'"), "invalid_request"],
  ["groq", 400, sentence("'messages.0' : value 'context_window' is wrong"), "invalid_request"],
  [
    "mistral",
    400,
    { object: "error", message: "Invalid model: rate_limit", type: "invalid_model", code: "1500" },
    "model_not_found",
  ],
  [
    "anthropic",
    400,
    {
      type: "error",
      ...sentence("tools.0.custom.input_schema: JSON schema is invalid: rate_limit"),
    },
    "invalid_request",
  ],
  [
    "anthropic",
    400,
    { type: "error", ...sentence("messages.0: could not fetch https://x.example/billing.png") },
    "invalid_request",
  ],
  [
    "anthropic",
    404,
    { type: "error", error: { type: "not_found_error", message: "model: unauthorized" } },
    "model_not_found",
  ],
])("%s, %i: the caller's words in %j are no sign of ill health", async (id, status, body, kind) => {
  expect(await errorOf(adapterOf(id, refusing(status, body)))).toMatchObject({
    kind,
    blames: "request",
  });
});

test.each([
  "5006: Error: tools.0 'rate_limit' does not fit",
  "AiError: 5007: No such model billing",
])("Workers AI: nor are they in %j", async (says) => {
  const ai = { run: () => Promise.reject(new Error(says)) } as unknown as Ai;
  const provider = workersAiProvider(ai, { LLM_TIMEOUT: 30 }, Date.now);
  expect(await errorOf(provider)).toMatchObject({ blames: "request" });
});

test("without a code of its list, Workers AI has failed, whatever it says", async () => {
  const ai = { run: () => Promise.reject(new Error("Oh: rate_limit")) } as unknown as Ai;
  const provider = workersAiProvider(ai, { LLM_TIMEOUT: 30 }, Date.now);
  expect(await errorOf(provider)).toMatchObject({ kind: "failed", blames: "provider" });
});

test.each<[status: number | undefined, codes: unknown[], message: string, kind: string]>([
  [400, ["context_length_exceeded"], "", "context_too_long"],
  [
    400,
    [400, "BadRequestError"],
    "This model's maximum context length is 9 tokens.",
    "context_too_long",
  ],
  [
    400,
    ["invalid_request_error"],
    "prompt is too long: 250000 tokens > 200000",
    "context_too_long",
  ],
  [
    400,
    ["3051"],
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768",
    "context_too_long",
  ],
  [
    429,
    ["rate_limit_exceeded", "tokens"],
    "Request too large for gpt-x in organization o",
    "context_too_long",
  ],
  [429, ["rate_limit_exceeded", "tokens"], "Rate limit reached for gpt-x", "rate_limit"],
  [429, ["insufficient_quota"], "You exceeded your current quota", "authentication"],
  [413, ["rate_limit_exceeded"], "", "context_too_long"],
  [400, ["content_filter"], "", "content_filter"],
  [400, ["invalid_request_error"], "Content Exists Risk", "content_filter"],
  [400, ["invalid_request_error"], "Output blocked by content filtering policy", "content_filter"],
  [400, ["invalid_request_error"], "Model Not Exist", "model_not_found"],
  [404, ["api_error"], 'model "llama9" not found, try pulling it first', "model_not_found"],
  [400, [400], "x/y is not a valid model ID", "model_not_found"],
  [402, ["invalid_request_error"], "Insufficient Balance", "authentication"],
  [401, ["constructor"], "The model `m` does not exist", "authentication"],
  [498, ["flex_tier_capacity_exceeded"], "", "rate_limit"],
  [529, [], "prompt is too long", "failed"],
  [undefined, ["server_error"], "rate_limit", "failed"],
  [undefined, ["invalid_request_error"], "timeout_error", "invalid_request"],
  [undefined, ["rate_limit_exceeded"], "", "rate_limit"],
])("status %s with %j and %j", (status, codes, message, kind) => {
  expect(kindOfError({ status, codes, message })).toBe(kind);
});

test("what a model wrote for one request is not its provider's failure", async () => {
  const groq = adapter("groq").stream(request("fixture:groq/tool-use-failed,cut=0"), never);
  const { error } = await play(groq);
  expect(expectShowable(error, "groq")).toMatchObject({ kind: "malformed", blames: "request" });
  const wrong = "stub:tool=get_weather,args=%7B%22a%22";
  for (const provider of httpAdapters()) {
    const broken = await play(provider.stream(request(wrong), never));
    expect(expectShowable(broken.error, provider.id)).toMatchObject({
      kind: "malformed",
      blames: "request",
    });
    const page = await play(provider.stream(request("stub:fault=html"), never));
    expect(expectShowable(page.error, provider.id)).toMatchObject({
      kind: "malformed",
      blames: "provider",
    });
  }
});
