// What the values of variables may look like: numbers, lists of origins, keys, issuers. Which
// variables there are is in variables.ts. Every message completes "should be …", and none may repeat
// what it was given: that may be a secret.
import { z } from "zod";
import { VENDORS } from "./vendors.ts";

export const wholeNumber = (unit: string, min: number, max: number) =>
  z.coerce
    .number(`a whole number of ${unit}`)
    .int(`a whole number of ${unit}`)
    .min(min, `a whole number of ${unit}, at least ${min}`)
    .max(max, `a whole number of ${unit}, at most ${max}`);

export const dollars = () =>
  z.coerce.number("an amount in US dollars").min(0, "an amount in US dollars, at least 0");

export const flag = () => z.stringbool({ error: "true or false" });

export const text = (max = 100_000) =>
  z.string("a text").trim().min(1, "a text").max(max, `at most ${max} characters`);

export const secretText = () =>
  z.string().min(32, "at least 32 characters; make one with `openssl rand -hex 32`");

export const url = () =>
  z
    .url({ protocol: /^https?$/, error: "an http or https URL" })
    .transform((value) => value.replace(/\/+$/, ""));

/** Who can serve models. */
export const MODEL_PROVIDERS = [
  ...VENDORS.map(({ id }) => id),
  "workers-ai" as const,
  "embedded" as const,
];

/** As a model's name: whichever the message needs. */
export const AUTO = "auto";

/** OpenRouter's own model of that name is its vendor's to route, not ours. */
const ROUTED_ELSEWHERE = "openrouter/auto";

const NOT_AUTO =
  "the name of a model: `auto` is none, and is only for DEFAULT_MODEL and requests, by itself";

/** The name of a model as its vendor has it, whoever that is; or `auto` alone. */
export const ownModelName = () =>
  text(100).refine(
    (name) => name === ROUTED_ELSEWHERE || !MODEL_PROVIDERS.some((id) => name === `${id}/${AUTO}`),
    "`auto` by itself, or the name of a model: who answers is for DEFAULT_PROVIDER to say",
  );

const MODEL = `a model, or provider/model with a provider of ${MODEL_PROVIDERS.join(", ")}`;

/** `model`, or `provider/model`: what follows the first slash is the model's name, slashes included. */
export const modelName = () =>
  text(120).transform((value, context) => {
    const slash = value.indexOf("/");
    const provider = MODEL_PROVIDERS.find((it) => it === value.slice(0, Math.max(slash, 0)));
    const model = value.slice(slash + 1).trim();
    if (model === AUTO && (slash < 0 || provider !== undefined)) context.addIssue(NOT_AUTO);
    else if (slash < 0) return { provider: undefined, model };
    else if (provider !== undefined && model !== "") return { provider, model };
    else context.addIssue(MODEL);
    return z.NEVER;
  });

/** A comma list of those. */
export const modelNames = () =>
  text(2000)
    .transform((value) => value.split(",").filter((name) => name.trim() !== ""))
    .pipe(z.array(modelName()).max(8, "at most 8 models"));

/** By `provider/model`, model or `*`: the models behind it. */
export const fallbacksSchema = z.record(
  z.string(),
  z
    .array(
      z.union(
        [
          modelName(),
          z
            .strictObject({ model: modelName(), timeout: z.number().min(1).max(3600).optional() })
            .transform(({ model, timeout }) => ({ ...model, timeout })),
        ],
        `${MODEL}, or {"model", "timeout"} with the timeout in seconds; \`auto\` is no model`,
      ),
      "a list of models",
    )
    .max(8, "at most 8 models"),
  "a JSON object of lists of models",
);
/** Who can turn texts into vectors. */
const EMBEDDING_PROVIDERS = ["openai", "azure", "ollama", "workers-ai", "embedded"] as const;

const EMBEDDER = `embedded, or provider/model with a provider of ${EMBEDDING_PROVIDERS.slice(0, -1).join(", ")}`;

/** `embedded`, or `provider/model`; what follows the first slash is the model's name. */
export const embeddingModel = () =>
  text(120).transform((value, context) => {
    const slash = value.indexOf("/");
    const [name, model] =
      slash < 0 ? [value, ""] : [value.slice(0, slash), value.slice(slash + 1).trim()];
    const provider = EMBEDDING_PROVIDERS.find((it) => it === name);
    if (provider !== undefined && (provider === "embedded") === (model === ""))
      return { provider, model };
    context.addIssue(EMBEDDER);
    return z.NEVER;
  });

/** A variable whose text is JSON. */
export const jsonOf = <S extends z.ZodType>(schema: S, what: string) =>
  z
    .string()
    .transform((value, context) => {
      try {
        const parsed: unknown = JSON.parse(value);
        return parsed;
      } catch {
        context.addIssue(what);
        return z.NEVER;
      }
    })
    .pipe(schema);

const ORIGINS = "a comma-separated list or a JSON array of origins";
const ORIGIN = 'origins such as "https://chat.example.com" (scheme, host and port only), or "*"';

/** `*`, or origins: `a,b` or `["a", "b"]`. */
export const originList = () =>
  z
    .string()
    .transform((value, context) => {
      const trimmed = value.trim();
      if (!trimmed.startsWith("[")) return trimmed.split(",").map((origin) => origin.trim());
      try {
        const parsed: unknown = JSON.parse(trimmed);
        return parsed;
      } catch {
        context.addIssue(ORIGINS);
        return z.NEVER;
      }
    })
    .pipe(
      z
        .array(z.string(ORIGIN), ORIGINS)
        .refine((origins) => origins.every((origin) => origin === "*" || isOrigin(origin)), ORIGIN)
        .refine(
          (origins) => origins.length === 1 || !origins.includes("*"),
          "`*` alone, or a list of origins",
        ),
    );

/** A text within JSON, taken as it stands. */
const some = () => z.string("a text").min(1, "a text");

/** US dollars per million tokens. */
const price = () =>
  z.number("US dollars per million tokens").min(0, "US dollars per million tokens");

/** As they are reckoned with: millionths of a dollar, per token and per picture. */
export const pricesSchema = z.record(
  z.string(),
  strict({
    input: price(),
    output: price(),
    cached: price().optional(),
    image: dollars()
      .transform((each) => each * 1_000_000)
      .optional(),
  }),
  "a JSON object of prices",
);

/** Dearest last (seed 003 §11.3). */
const MODEL_TIERS = ["ultra-cheap", "standard", "premium", "ultra-premium"] as const;

const modelTier = () => z.enum(MODEL_TIERS, `one of ${MODEL_TIERS.join(", ")}`);

/** What of a message is counted, for rules to bound. */
export const ROUTING_MEASURES = [
  "tokens",
  "context_tokens",
  "words",
  "tools",
  "images",
  "code",
  "arithmetic",
  "reasoning",
  "constraints",
  "tasks",
  "languages",
  "table_rows",
] as const;
export type RoutingMeasure = (typeof ROUTING_MEASURES)[number];

/** What a message is or is not, for rules to want. */
export const ROUTING_SIGNS = [
  "smalltalk",
  "agreement",
  "lookup",
  "wide",
  "label",
  "translation",
  "programming",
  "writing",
  "mathematics",
  "question",
] as const;
export type RoutingSign = (typeof ROUTING_SIGNS)[number];

const count = () => z.number("a number").min(0, "a number, at least 0");

const bounds = () =>
  strict({ min: count().optional(), max: count().optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, "with a min or a max")
    .refine(({ min = 0, max = Infinity }) => min <= max, "with a min that is not above its max");

const conditions = strict({
  ...sameFor(ROUTING_MEASURES, bounds().optional()),
  ...sameFor(ROUTING_SIGNS, z.boolean("true or false").optional()),
});

const LAST_RULE = 'rules of which the last, and no other, has an empty "when": it takes the rest';

const routingRules = z
  .array(
    strict({
      id: z
        .string("an id of a-z, 0-9 and -")
        .regex(/^[a-z0-9-]{1,40}$/, { error: "an id of a-z, 0-9 and -" }),
      when: conditions.default({}),
      tier: modelTier(),
      why: z.string("a sentence").trim().min(1, "a sentence").max(200, "at most 200 characters"),
    }),
    "a JSON array of rules",
  )
  .refine((rules) => differ(rules.map(({ id }) => id)), "rules whose ids differ")
  .refine(
    (rules) =>
      rules.findIndex(({ when }) => Object.keys(when).length === 0) === rules.length - 1 &&
      rules.length > 0,
    LAST_RULE,
  );

const share = () =>
  z.number("a share from 0 to 1").min(0, "a share from 0 to 1").max(1, "a share from 0 to 1");

export const ROUTING_TABLE = 'a JSON object of "rules" and "budget"';

/** What is left out is built in. */
export const routingTableSchema = strict({
  rules: routingRules.optional(),
  budget: z
    .array(strict({ below: share(), most: modelTier() }), "a JSON array of {below, most}")
    .optional(),
});

export const TIER_MODELS = "a JSON object of models by tier";

export const tierModelsSchema = strict(sameFor(MODEL_TIERS, modelName().optional()));

export const TIER_LIMITS = "a JSON object of tiers of models by tier of users";

/** The dearest tier of models for each tier of users. */
export const tierLimitsSchema = strict({
  anonymous: modelTier().default("standard"),
  free: modelTier().default("standard"),
  starter: modelTier().default("premium"),
  professional: modelTier().default("ultra-premium"),
  enterprise: modelTier().default("ultra-premium"),
});

/** An object's shape in which every key has the same schema. */
function sameFor<K extends string, S extends z.ZodType>(keys: readonly K[], schema: S) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets which keys there are
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>;
}

/** What a request may call the feature of the product that it is for. */
export const isFeature = (name: string): boolean => /^[\w.:-]{1,64}$/.test(name);

/** US dollars that a completed request of a feature is worth. */
export const featureValuesSchema = z
  .record(
    z.string(),
    z.number("an amount in US dollars").min(0, "an amount in US dollars, at least 0"),
    "a JSON object of features and US dollars",
  )
  .refine((values) => Object.keys(values).every(isFeature), {
    error: "by features of at most 64 letters, digits, and _ . : -, as requests may name them",
  });

/** 32 bytes. */
const coordinate = () =>
  z
    .string("43 base64url characters")
    .regex(/^[A-Za-z0-9_-]{43}$/, { error: "43 base64url characters" });

/** A private ES256 key (RFC 7518 §6.2). What else a JWK says of itself is left out. */
export const signingKeySchema = z.object(
  {
    kty: z.literal("EC", '"EC"'),
    crv: z.literal("P-256", '"P-256"'),
    x: coordinate(),
    y: coordinate(),
    d: coordinate(),
    kid: some().optional(),
  },
  "a private ES256 key as a JWK",
);

export const SIGNING_KEYS = "a private ES256 key as a JWK, or a JWKS of such keys";

/** A JWKS; a key alone is one of one key. */
export const signingKeysSchema = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, "keys")
      ? value
      : { keys: [value] },
  z.object(
    {
      keys: z
        .array(signingKeySchema, SIGNING_KEYS)
        .min(1, SIGNING_KEYS)
        .refine((keys) => differ(keys.map(({ kid, x }) => kid ?? x)), "keys whose kids differ"),
    },
    SIGNING_KEYS,
  ),
);

export const PROVIDERS = "a JSON array of OpenID Connect providers";

export const oidcProvidersSchema = z
  .array(
    strict({
      id: z
        .string("an id of a-z, 0-9 and -")
        .regex(/^[a-z0-9-]{1,40}$/, { error: "an id of a-z, 0-9 and -" }),
      name: some().optional(),
      issuer: protectedUrl(),
      client_id: some(),
      client_secret: some().optional(),
      scope: some().default("openid email profile"),
    }),
    PROVIDERS,
  )
  .refine((providers) => differ(providers.map(({ id }) => id)), "providers whose ids differ");

export const ISSUERS = "a JSON array of issuers";

export const trustedIssuersSchema = z
  .array(
    strict({
      issuer: some(),
      audience: some(),
      /** Else found through the issuer's discovery document. */
      jwks_url: protectedUrl().optional(),
      claims: strict({
        email: some().default("email"),
        tenant: some().default("org_id"),
        tier: some().default("tier"),
        roles: some().default("roles"),
        token_budget: some().default("token_budget"),
      }).prefault({}),
    }).refine(({ issuer, jwks_url }) => jwks_url !== undefined || isProtected(issuer), {
      path: ["issuer"],
      error: "an https URL (http on loopback only), unless there is a jwks_url",
    }),
    ISSUERS,
  )
  // Several audiences of one issuer are several entries.
  .refine(
    (issuers) => differ(issuers.map(({ issuer, audience }) => JSON.stringify([issuer, audience]))),
    "entries of which no two have the same issuer and audience",
  );

/** An object with these keys and no others: what is misspelt would be left out in silence. */
function strict<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `without ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}: its keys are ${Object.keys(shape).join(", ")}`
        : "a JSON object",
  });
}

/** What is asked there proves who somebody is, so nobody may come between. */
function protectedUrl() {
  const what = "an https URL (http on loopback only)";
  return z.string(what).refine(isProtected, what);
}

function isProtected(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === "https:" ||
    (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname))
  );
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

function differ(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** What a conversation may remember by; hybrid is all of it. */
export const STRATEGIES = ["buffer", "summary", "entity"] as const;

export function strategiesOf(
  chosen: (typeof STRATEGIES)[number] | "hybrid",
): (typeof STRATEGIES)[number][] {
  return chosen === "hybrid" ? [...STRATEGIES] : [chosen];
}

const PLACE = 'hosts such as "wiki.corp", "10.0.0.5:8080" or "[fd00::1]:8443"';

function isPlace(value: string): boolean {
  const place = URL.parse(`https://${value}`);
  return place !== null && place.href === `https://${place.host}/`;
}

/** Hosts, with a port or without, and commas between them. */
export const placeList = () =>
  text(4000)
    .transform((value) =>
      value
        .split(",")
        .map((place) => place.trim())
        .filter((place) => place !== ""),
    )
    .pipe(z.array(z.string().refine(isPlace, PLACE)).max(100, "at most 100 hosts"));
