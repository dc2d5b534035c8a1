// The vendors of models, as data: who they are, which variables configure them, where they are reached
// and in what each differs from OpenAI's chat completions. Adding one is an entry here and a fixture
// (docs/providers.md); what reads the entries is in variables.ts, config.ts and src/llm/providers.
// As the vendors' documentation had it in November 2026.

/** All models of a vendor, none, or those whose name matches. */
export type Models = boolean | RegExp;

type Reached = {
  id: string;
  /** What people call it. */
  name: string;
  variables: {
    key: string;
    url: string;
    model: string;
    /** Older names of `model`. */
    modelAliases?: readonly string[];
    organization?: "OPENAI_ORGANIZATION";
    timeout?: "OLLAMA_TIMEOUT";
    context?: "OLLAMA_CONTEXT_LENGTH";
  };
  /** Which of its variables make it available. */
  needs: readonly ("key" | "url")[];
  /** Its own server; undefined where everyone runs one, whose address the operator configures. */
  baseURL?: string;
  /** What follows an address that the operator configured. */
  path: string;
  /** Its path behind Cloudflare's AI Gateway; undefined where that cannot stand in front. */
  gateway?: string;
  defaultModel: string;
  cheapModel?: string;
  /** Of its own server: another may not have these models. */
  tiers: Readonly<
    Partial<Record<"ultra-cheap" | "standard" | "premium" | "ultra-premium", string>>
  >;
  /** Tokens that a model reads at once of which contexts.ts knows nothing. */
  context: number;
  can: { tools: Models; images: Models; json_schema: Models; reasoning: Models };
  /** The highest temperature it takes; the lowest is 0. */
  hottest: number;
  /** Models that choose their own sampling. */
  fixedSampling?: RegExp;
};

export type AnthropicVendor = Reached & {
  wire: "anthropic";
  /** Models that think before they answer unless told otherwise; what they think counts as output. */
  thinks: RegExp;
  /** Models of these that can be told not to: a forced tool is refused while they think. */
  canStopThinking: RegExp;
};

type Parameter =
  | "temperature"
  | "top_p"
  | "frequency_penalty"
  | "presence_penalty"
  | "stop"
  | "seed";

export type OpenaiVendor = Reached & {
  wire: "openai";
  /** Where the key goes beside `Authorization`. */
  keyHeader?: string;
  /** A default model that means whichever its server serves: sent as an empty name. */
  unnamed?: boolean;
  maxTokensField: "max_tokens" | "max_completion_tokens";
  /** The same where the operator's server stands in for its own: compatible servers know the older name. */
  maxTokensElsewhere?: "max_tokens";
  /** What it calls a seed. */
  seedField?: "random_seed";
  /** Whether usage has to be asked for with `stream_options`; else it comes by itself. */
  streamOptions: boolean;
  cachedTokens: "prompt_tokens_details" | "prompt_cache_hit_tokens";
  /** Fields of a delta that hold what was thought. */
  reasoningFields: readonly ("reasoning" | "reasoning_content")[];
  /** Whether some of its models think aloud, in `<think>` at the very start of the text. */
  inlineThinking: boolean;
  /** What it takes as response_format. json_schema is told in words where only json_object is taken. */
  formats: readonly ("json_object" | "json_schema")[];
  /** Whether `strict` is taken with tools and schemas. */
  strict: boolean;
  /** How "required" is spelt, and whether a tool can be named; null where tool_choice is unknown. */
  toolChoice: { required: "required" | "any"; named: boolean } | null;
  /** Whether it can be told to call one tool at a time. */
  oneCall: boolean;
  /** Models that cannot, though their vendor can. */
  severalCalls?: RegExp;
  /** Whether its messages have names. */
  names: boolean;
  /** Whether it refuses a history that begins with an answer. */
  userFirst?: boolean;
  /** What ids of tool calls have to look like; undefined where anything will do. */
  toolCallIds?: RegExp;
  images: "any" | "data" | "none";
  /** Sequences at most; undefined where nobody says. */
  stops?: number;
  unknown: readonly Parameter[];
  /** Unknown to models of `fixedSampling` beside sampling. */
  fixedUnknown?: readonly Parameter[];
  /**
   * Its models think, and `thinking: {type: "disabled"}` ends that: sent where thinking is in the way,
   * which is for titles and the like, where a tool is forced, and where tools have answered (what was
   * thought before would have to be sent back).
   */
  stopsThinking?: boolean;
  /** Codes of errors that say that what its model wrote for a request was not fit to be sent. */
  unfit?: readonly string[];
  /** Finish reasons that mean that its server gave up. */
  gaveUp?: readonly string[];
  /** Its own list of models, where that says more than OpenAI's. */
  nativeList?: "/api/tags";
};

export type Vendor = AnthropicVendor | OpenaiVendor;

const OPENAI = {
  wire: "openai",
  path: "",
  context: 128_000, // what most compatible servers have
  can: { tools: true, images: true, json_schema: true, reasoning: /^(o\d|gpt-[5-9])/ },
  hottest: 2,
  maxTokensField: "max_tokens",
  streamOptions: true,
  cachedTokens: "prompt_tokens_details",
  reasoningFields: ["reasoning", "reasoning_content"],
  inlineThinking: false,
  formats: ["json_object", "json_schema"],
  strict: true,
  oneCall: true,
  names: true,
  toolChoice: { required: "required", named: true },
  images: "any",
  unknown: [],
} as const satisfies Partial<OpenaiVendor>;

/** platform.openai.com/docs/guides/reasoning */
const OPENAI_REASONING = {
  fixedSampling: /^(o\d|gpt-5(?!-chat|\.\d-chat)|gpt-[6-9])/,
  fixedUnknown: ["stop"],
  /** They refuse the parameter, whatever it says. */
  severalCalls: /^o\d/,
} as const;

/** In the order in which one becomes the default: the first that is configured. */
export const VENDORS = [
  {
    ...OPENAI,
    ...OPENAI_REASONING,
    id: "openai",
    name: "OpenAI",
    variables: {
      key: "OPENAI_API_KEY",
      url: "OPENAI_BASE_URL",
      model: "OPENAI_MODEL",
      organization: "OPENAI_ORGANIZATION",
    },
    needs: ["key"],
    baseURL: "https://api.openai.com/v1",
    gateway: "openai",
    defaultModel: "gpt-5.4-mini",
    cheapModel: "gpt-5.4-nano",
    tiers: {
      "ultra-cheap": "gpt-5.4-nano",
      standard: "gpt-5.4-mini",
      premium: "gpt-5.4",
      "ultra-premium": "gpt-5.5",
    },
    maxTokensField: "max_completion_tokens",
    maxTokensElsewhere: "max_tokens",
    stops: 4,
    toolCallIds: /^.{1,40}$/,
  },
  {
    // platform.claude.com/docs/en/api/messages and …/about-claude/models/overview
    wire: "anthropic",
    id: "anthropic",
    name: "Anthropic",
    variables: {
      key: "ANTHROPIC_API_KEY",
      url: "ANTHROPIC_BASE_URL",
      model: "ANTHROPIC_MODEL",
    },
    needs: ["key"],
    baseURL: "https://api.anthropic.com",
    path: "",
    gateway: "anthropic",
    defaultModel: "claude-sonnet-5",
    cheapModel: "claude-haiku-4-5",
    tiers: {
      "ultra-cheap": "claude-haiku-4-5",
      standard: "claude-sonnet-5",
      premium: "claude-sonnet-5",
      "ultra-premium": "claude-opus-5-5",
    },
    context: 200_000,
    can: {
      tools: true,
      images: true,
      json_schema: /^(?!claude-(?:2|3|instant|(?:opus|sonnet)-4(?:-0|-2025\d{4})?$))/,
      reasoning: /^claude-(?:3-7|opus-4|sonnet-4|haiku-4-5|mythos|\w+-[5-9])/,
    },
    hottest: 1,
    fixedSampling: /^claude-(?:opus-4-[7-9]|mythos|(?!instant)[a-z]+-[5-9])/,
    thinks: /^claude-(?:mythos|(?!instant)[a-z]+-[5-9])/,
    canStopThinking: /^claude-(?:opus|sonnet|haiku)-5(?!-[1-9])/,
  },
  {
    // learn.microsoft.com/azure/foundry/openai/reference: the v1 API takes OpenAI's paths and the
    // deployment's name as the model.
    ...OPENAI,
    ...OPENAI_REASONING,
    id: "azure",
    name: "Azure OpenAI",
    variables: {
      key: "AZURE_OPENAI_API_KEY",
      url: "AZURE_OPENAI_ENDPOINT",
      model: "AZURE_OPENAI_MODEL",
      modelAliases: ["AZURE_OPENAI_DEPLOYMENT"],
    },
    needs: ["key", "url"],
    path: "/openai/v1",
    keyHeader: "api-key",
    defaultModel: "gpt-5.4-mini",
    tiers: {}, // deployments have names of their own
    maxTokensField: "max_completion_tokens",
    stops: 4,
    toolCallIds: /^.{1,40}$/,
  },
  {
    // console.groq.com/docs/openai and …/docs/api-reference
    ...OPENAI,
    id: "groq",
    name: "Groq",
    variables: { key: "GROQ_API_KEY", url: "GROQ_BASE_URL", model: "GROQ_MODEL" },
    needs: ["key"],
    baseURL: "https://api.groq.com/openai/v1",
    gateway: "groq",
    defaultModel: "openai/gpt-oss-120b",
    cheapModel: "openai/gpt-oss-20b",
    tiers: { "ultra-cheap": "openai/gpt-oss-20b", standard: "openai/gpt-oss-120b" },
    context: 131_072,
    can: {
      tools: true,
      images: /llama-4|vision|-vl-|qwen3\.[5-9]/,
      json_schema: false,
      reasoning: /gpt-oss|qwen3|deepseek-r1/,
    },
    maxTokensField: "max_completion_tokens",
    inlineThinking: true, // reasoning_format is "raw" unless told otherwise
    formats: ["json_object"], // schemas are not held to in a stream
    stops: 4,
    unknown: ["frequency_penalty", "presence_penalty"],
    unfit: ["tool_use_failed", "json_validate_failed"],
  },
  {
    // docs.mistral.ai/api
    ...OPENAI,
    id: "mistral",
    name: "Mistral",
    variables: { key: "MISTRAL_API_KEY", url: "MISTRAL_BASE_URL", model: "MISTRAL_MODEL" },
    needs: ["key"],
    baseURL: "https://api.mistral.ai/v1",
    gateway: "mistral/v1",
    defaultModel: "mistral-medium-latest",
    cheapModel: "mistral-small-latest",
    tiers: {
      "ultra-cheap": "mistral-small-latest",
      standard: "mistral-medium-latest",
      premium: "mistral-large-latest",
    },
    can: { tools: true, images: true, json_schema: true, reasoning: /magistral|small|medium/ },
    hottest: 1.5,
    seedField: "random_seed",
    streamOptions: false, // its last chunk tells by itself, and what it does not know is refused
    toolChoice: { required: "any", named: true },
    names: false,
    userFirst: true,
    toolCallIds: /^[A-Za-z0-9]{9}$/,
    gaveUp: ["error"],
  },
  {
    // api-docs.deepseek.com/api/create-chat-completion
    ...OPENAI,
    id: "deepseek",
    name: "DeepSeek",
    variables: { key: "DEEPSEEK_API_KEY", url: "DEEPSEEK_BASE_URL", model: "DEEPSEEK_MODEL" },
    needs: ["key"],
    baseURL: "https://api.deepseek.com",
    gateway: "deepseek",
    defaultModel: "deepseek-v4-flash",
    cheapModel: "deepseek-v4-flash",
    tiers: {
      "ultra-cheap": "deepseek-v4-flash",
      standard: "deepseek-v4-flash",
      premium: "deepseek-v4-pro",
    },
    can: { tools: true, images: false, json_schema: false, reasoning: true },
    cachedTokens: "prompt_cache_hit_tokens",
    formats: ["json_object"],
    strict: false,
    oneCall: false,
    images: "none",
    stops: 16,
    unknown: ["seed"],
    stopsThinking: true,
    gaveUp: ["insufficient_system_resource"],
  },
  {
    // openrouter.ai/docs/api/reference
    ...OPENAI,
    id: "openrouter",
    name: "OpenRouter",
    variables: {
      key: "OPENROUTER_API_KEY",
      url: "OPENROUTER_BASE_URL",
      model: "OPENROUTER_MODEL",
    },
    needs: ["key"],
    baseURL: "https://openrouter.ai/api/v1",
    gateway: "openrouter",
    defaultModel: "openai/gpt-5.4-mini",
    cheapModel: "openai/gpt-5.4-nano",
    tiers: {
      "ultra-cheap": "openai/gpt-5.4-nano",
      standard: "openai/gpt-5.4-mini",
      premium: "openai/gpt-5.4",
      "ultra-premium": "openai/gpt-5.5",
    },
    can: { tools: true, images: true, json_schema: true, reasoning: true },
    stops: 4,
    gaveUp: ["error"],
  },
  {
    // docs.ollama.com/api/openai-compatibility
    ...OPENAI,
    id: "ollama",
    name: "Ollama",
    variables: {
      key: "OLLAMA_API_KEY",
      url: "OLLAMA_BASE_URL",
      model: "OLLAMA_MODEL",
      modelAliases: ["OLLAMA_DEFAULT_MODEL"],
      timeout: "OLLAMA_TIMEOUT",
      context: "OLLAMA_CONTEXT_LENGTH",
    },
    needs: ["url"],
    path: "/v1",
    defaultModel: "llama3.2",
    tiers: {},
    can: {
      tools: true,
      images: /vision|llava|-?vl\b|gemma[3-9]|minicpm-v|moondream|llama4/,
      json_schema: true,
      reasoning: /gpt-oss|qwen3|deepseek-r1|deepseek-v3|magistral|qwq/,
    },
    inlineThinking: true,
    strict: false,
    toolChoice: null,
    oneCall: false,
    names: false,
    images: "data",
    nativeList: "/api/tags",
  },
  {
    // docs.vllm.ai/en/stable/serving/openai_compatible_server
    ...OPENAI,
    id: "vllm",
    name: "vLLM",
    variables: { key: "VLLM_API_KEY", url: "VLLM_BASE_URL", model: "VLLM_MODEL" },
    needs: ["url"],
    path: "",
    defaultModel: "default",
    unnamed: true,
    tiers: {},
    images: "data", // it stands in somebody's own network, and would fetch from there
    can: { tools: true, images: true, json_schema: true, reasoning: true },
    inlineThinking: true, // where no reasoning parser was named at its start
    strict: false,
    oneCall: false,
    names: false,
    userFirst: true, // many a model's template says so
  },
] as const satisfies readonly Vendor[];

/** An entry with its literal names; `Vendor` is what they have in common. */
export type VendorEntry = (typeof VENDORS)[number];
