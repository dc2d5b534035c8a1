// What the values of variables may look like: numbers, lists of origins, keys, issuers. Which
// variables there are is in variables.ts. Every message completes "should be …", and none may repeat
// what it was given: that may be a secret.
import { z } from "zod";

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
  "openai",
  "anthropic",
  "azure",
  "ollama",
  "workers-ai",
  "embedded",
] as const;

const MODEL = `a model, or provider/model with a provider of ${MODEL_PROVIDERS.join(", ")}`;

/** `model`, or `provider/model`: what follows the first slash is the model's name, slashes included. */
export const modelName = () =>
  text(120).transform((value, context) => {
    const slash = value.indexOf("/");
    if (slash < 0) return { provider: undefined, model: value };
    const provider = MODEL_PROVIDERS.find((it) => it === value.slice(0, slash));
    const model = value.slice(slash + 1).trim();
    if (provider !== undefined && model !== "") return { provider, model };
    context.addIssue(MODEL);
    return z.NEVER;
  });

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

export const pricesSchema = z.record(
  z.string(),
  z.object({ input: price(), output: price() }, '{"input", "output"}'),
  "a JSON object of prices",
);

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
