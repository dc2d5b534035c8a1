import { expect, test } from "vitest";
import { describeVariables, readConfig } from "../../src/config.ts";

test("with nothing configured everything has a value that works", () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    APP_ENV: "development",
    ALLOW_ANONYMOUS: true,
    LLM_TIMEOUT: 30,
    OLLAMA_TIMEOUT: 300,
  });
  expect(config.CORS_ORIGINS).toEqual(["http://localhost:*", "http://127.0.0.1:*"]);
});

const KEY = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43), d: "d".repeat(43) };
const PROVIDER = { id: "acme", issuer: "https://login.acme.example", client_id: "edgewise" };
const ISSUER = { issuer: "https://login.acme.example", audience: "edgewise" };
const OIDC_PROVIDERS = (...providers: object[]) => ({ OIDC_PROVIDERS: JSON.stringify(providers) });
const TRUSTED_ISSUERS = (...issuers: object[]) => ({ TRUSTED_ISSUERS: JSON.stringify(issuers) });
const twice = (one: object) => [one, one];
const JWT_PRIVATE_KEY = (key: unknown) => ({ JWT_PRIVATE_KEY: JSON.stringify(key) });

test.each<[object, string]>([
  [{ LLM_TIMEOUT: "soon" }, "LLM_TIMEOUT: should be a whole number of seconds"],
  [{ LLM_TIMEOUT: "0" }, "LLM_TIMEOUT: should be a whole number of seconds, at least 1"],
  [{ LLM_TEMPERATURE: "3" }, "LLM_TEMPERATURE: should be a number from 0 to 2"],
  [{ APP_ENV: "prod" }, "APP_ENV: should be one of development, staging, production"],
  [{ APP_DEBUG: "maybe" }, "APP_DEBUG: should be true or false"],
  [{ APP_ENV: "production", DEBUG: "true" }, "DEBUG: should be false where APP_ENV is production"],
  [{ SECRET_KEY: "short" }, "SECRET_KEY: should be at least 32 characters"],
  [{ OPENAI_BASE_URL: "ftp://x" }, "OPENAI_BASE_URL: should be an http or https URL"],
  [{ CORS_ORIGINS: "https://a.test/path" }, "CORS_ORIGINS: should be origins"],
  [{ CORS_ORIGINS: "https://a.test,*" }, "CORS_ORIGINS: should be `*` alone, or a list of origins"],
  [{ CORS_ORIGINS: '["*", "https://a.test"]' }, "CORS_ORIGINS: should be `*` alone"],
  [
    { CORS_ORIGINS: '["https://a.test"' },
    "CORS_ORIGINS: should be a comma-separated list or a JSON array",
  ],
  [
    { DEFAULT_PROVIDER: "openai" },
    "OPENAI_API_KEY: should be set where DEFAULT_PROVIDER is openai",
  ],
  [{ DEFAULT_PROVIDER: "workers-ai", WORKERS_AI: "off" }, "DEFAULT_PROVIDER: should be another"],
  [
    { AZURE_OPENAI_API_KEY: "k" },
    "AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT: should be set together",
  ],
  ...["LLM_FALLBACK_MODEL", "TITLE_MODEL", "SUMMARY_MODEL", "RERANK_MODEL"].flatMap(
    (name): [object, string][] =>
      ["auto", "ollama/auto"].map((value) => [
        { [name]: value, OLLAMA_BASE_URL: "http://localhost:11434" },
        `${name}${name === "LLM_FALLBACK_MODEL" ? "[0]" : ""}: should be the name of a model: \`auto\` is none`,
      ]),
  ),
  [{ LLM_FALLBACKS: '{"*": ["auto"]}' }, "`auto` is no model"],
  [{ LLM_FALLBACKS: '{"*": [{"model": "openai/auto"}]}' }, 'LLM_FALLBACKS["*"][0]'],
  [
    { ROUTING_TIERS: '{"standard": "auto"}' },
    "ROUTING_TIERS.standard: should be the name of a model: `auto` is none",
  ],
  [
    { DEFAULT_MODEL: "openai/auto", OPENAI_API_KEY: "k" },
    "DEFAULT_MODEL: should be `auto` by itself, or the name of a model",
  ],
  [
    { OPENAI_MODEL: "openai/auto", OPENAI_API_KEY: "k" },
    "OPENAI_MODEL: should be `auto` by itself",
  ],
  [
    { OLLAMA_DEFAULT_MODEL: "auto", OLLAMA_BASE_URL: "http://localhost:1", OPENAI_API_KEY: "k" },
    "OLLAMA_DEFAULT_MODEL: should be the name of a model: `auto` is only for who answers by default, which is openai",
  ],
  [{ WORKERS_AI_MODEL: "auto", WORKERS_AI: "off" }, "by default, which is embedded"],
  [
    { MODEL_PRICES: '{"openai/x": {"input": 1, "output": 2, "cache": 0.1}}' },
    'MODEL_PRICES["openai/x"]: should be without "cache": its keys are input, output, cached, image',
  ],
  [
    { MODEL_PRICES: '{"x": {"input": 1}}' },
    "MODEL_PRICES.x.output: should be US dollars per million",
  ],
  [
    { FEATURE_VALUES: '{"customer support": 1}' },
    "FEATURE_VALUES: should be by features of at most 64 letters, digits, and _ . : -",
  ],
  [{ DEFAULT_PROVIDER: "skynet" }, "DEFAULT_PROVIDER: should be one of openai"],
  [
    { OIDC_PROVIDERS: "acme" },
    "OIDC_PROVIDERS: should be a JSON array of OpenID Connect providers",
  ],
  [{ OIDC_PROVIDERS: "{}" }, "OIDC_PROVIDERS: should be a JSON array of OpenID Connect providers"],
  [{ OIDC_PROVIDERS: "[1]" }, "OIDC_PROVIDERS[0]: should be a JSON object"],
  [
    OIDC_PROVIDERS({ ...PROVIDER, clientSecret: "s" }),
    'OIDC_PROVIDERS[0]: should be without "clientSecret": its keys are id, name, issuer, client_id, client_secret, scope',
  ],
  [OIDC_PROVIDERS({ ...PROVIDER, client_id: 7 }), "OIDC_PROVIDERS[0].client_id: should be a text"],
  [OIDC_PROVIDERS({ ...PROVIDER, id: "Acme" }), "OIDC_PROVIDERS[0].id: should be an id of a-z"],
  [OIDC_PROVIDERS(PROVIDER, PROVIDER), "OIDC_PROVIDERS: should be providers whose ids differ"],
  [
    OIDC_PROVIDERS(PROVIDER, { ...PROVIDER, id: "b", issuer: "http://login.acme.example" }),
    "OIDC_PROVIDERS[1].issuer: should be an https URL (http on loopback only)",
  ],
  [
    OIDC_PROVIDERS({ ...PROVIDER, issuer: "http://localhost.acme.example" }),
    "OIDC_PROVIDERS[0].issuer: should be an https URL",
  ],
  [OIDC_PROVIDERS({ ...PROVIDER, issuer: "acme" }), "OIDC_PROVIDERS[0].issuer: should be an https"],
  [TRUSTED_ISSUERS({ issuer: "x" }), "TRUSTED_ISSUERS[0].audience: should be a text"],
  [
    TRUSTED_ISSUERS({ ...ISSUER, jwksUrl: "https://acme.example/keys" }),
    'TRUSTED_ISSUERS[0]: should be without "jwksUrl": its keys are issuer, audience, jwks_url, claims',
  ],
  [
    TRUSTED_ISSUERS({ ...ISSUER, claims: { org: "org" } }),
    'TRUSTED_ISSUERS[0].claims: should be without "org": its keys are email, tenant',
  ],
  [
    TRUSTED_ISSUERS({ ...ISSUER, jwks_url: "http://acme.example/keys" }),
    "TRUSTED_ISSUERS[0].jwks_url: should be an https URL (http on loopback only)",
  ],
  [
    TRUSTED_ISSUERS({ ...ISSUER, issuer: "acme" }),
    "TRUSTED_ISSUERS[0].issuer: should be an https URL (http on loopback only), unless there is a jwks_url",
  ],
  [
    TRUSTED_ISSUERS(ISSUER, { ...ISSUER, claims: { tenant: "org" } }),
    "TRUSTED_ISSUERS: should be entries of which no two have the same issuer and audience",
  ],
  [
    { ...TRUSTED_ISSUERS(ISSUER), JWT_ISSUER: ISSUER.issuer },
    "TRUSTED_ISSUERS: should be other issuers than JWT_ISSUER",
  ],
  [{ JWT_PRIVATE_KEY: "-----BEGIN" }, "JWT_PRIVATE_KEY: should be a private ES256 key as a JWK"],
  [JWT_PRIVATE_KEY("key"), "JWT_PRIVATE_KEY.keys[0]: should be a private ES256 key as a JWK"],
  [JWT_PRIVATE_KEY({ keys: [] }), "JWT_PRIVATE_KEY.keys: should be a private ES256 key as a JWK"],
  [JWT_PRIVATE_KEY({ ...KEY, kty: "RSA" }), 'JWT_PRIVATE_KEY.keys[0].kty: should be "EC"'],
  [JWT_PRIVATE_KEY({ ...KEY, d: undefined }), "JWT_PRIVATE_KEY.keys[0].d: should be 43 base64url"],
  ...["x", "y", "d"].flatMap((name): [object, string][] =>
    ["d".repeat(42), "d".repeat(44), `${"d".repeat(42)}=`, `${"d".repeat(42)}+`].map((value) => [
      JWT_PRIVATE_KEY({ keys: [KEY, { ...KEY, [name]: value }] }),
      `JWT_PRIVATE_KEY.keys[1].${name}: should be 43 base64url characters`,
    ]),
  ),
  [
    JWT_PRIVATE_KEY({ keys: twice({ ...KEY, kid: "a" }) }),
    "JWT_PRIVATE_KEY.keys: should be keys whose kids differ",
  ],
])("%o stops the start and says what it should be", (env, says) => {
  expect(() => readConfig(env)).toThrow(says);
});

test.each([
  { DEFAULT_MODEL: "auto" },
  { OPENAI_MODEL: "auto", OPENAI_API_KEY: "k" },
  {
    OLLAMA_MODEL: "auto",
    OLLAMA_BASE_URL: "http://localhost:1",
    DEFAULT_PROVIDER: "ollama",
    OPENAI_API_KEY: "k",
  },
  { WORKERS_AI_MODEL: "auto" },
  { OPENROUTER_MODEL: "openrouter/auto", OPENROUTER_API_KEY: "k" },
  { FEATURE_VALUES: '{"support:v2.eu-west_1": 0.9}' },
])("%o is taken", (env) => {
  expect(() => readConfig(env)).not.toThrow();
});

test("contradictions are told at once, too", () => {
  const bad = { APP_ENV: "production", APP_DEBUG: "true", DEFAULT_PROVIDER: "openai" };
  expect(() => readConfig(bad)).toThrow(/APP_DEBUG[\s\S]*OPENAI_API_KEY/);
});

test("a bad secret is not shown, and all problems are told at once", () => {
  expect(() => readConfig({ APP_SECRET_KEY: "hunter2", LLM_TIMEOUT: "x" })).toThrow(
    /APP_SECRET_KEY[\s\S]*LLM_TIMEOUT|LLM_TIMEOUT[\s\S]*APP_SECRET_KEY/,
  );
  expect(() => readConfig({ APP_SECRET_KEY: "hunter2" })).not.toThrow("hunter2");
});

test.each([
  // Too long, too short, no number, no URL, no JSON, JSON of something else.
  ...["hunter2", '"hunter2"', '{"hunter2', "[1, hunter2]", '["hunter2"]', '{"keys":{}}'].map(
    (value) => Object.fromEntries(describeVariables().map(({ name }) => [name, value])),
  ),
  OIDC_PROVIDERS({ ...PROVIDER, id: "hunter2!", name: ["hunter2"], scope: ["hunter2"] }),
  OIDC_PROVIDERS({ ...PROVIDER, issuer: "http://u:hunter2@acme.example", client_id: ["hunter2"] }),
  OIDC_PROVIDERS({ ...PROVIDER, clientSecret: "hunter2" }),
  OIDC_PROVIDERS({ ...PROVIDER, client_secret: { value: "hunter2" } }),
  OIDC_PROVIDERS(PROVIDER, { ...PROVIDER, client_secret: "hunter2" }),
  TRUSTED_ISSUERS({ ...ISSUER, jwks_url: "http://u:hunter2@acme.example", secret: "hunter2" }),
  TRUSTED_ISSUERS(...twice({ ...ISSUER, audience: "hunter2" })),
  { JWT_ISSUER: "hunter2", ...TRUSTED_ISSUERS({ ...ISSUER, issuer: "hunter2" }) },
  JWT_PRIVATE_KEY({ ...KEY, kty: "hunter2", crv: "hunter2", x: "hunter2", y: "hunter2" }),
  JWT_PRIVATE_KEY({ ...KEY, d: "hunter2" }),
  JWT_PRIVATE_KEY({ ...KEY, kid: ["hunter2"] }),
  JWT_PRIVATE_KEY({ keys: twice({ ...KEY, kid: "hunter2" }) }),
  JWT_PRIVATE_KEY({ keys: "hunter2" }),
])("what is wrong is said without what it is: %o", (env) => {
  let said = "";
  try {
    readConfig(env);
  } catch (thrown) {
    said = String(thrown);
  }
  expect(said).not.toContain("hunter2");
  // In our words: none of the schema library's.
  expect(said).not.toMatch(/invalid|too (big|small)|expected|received/i);
});

test("identity providers and keys that are fine are taken as they are", () => {
  const { OIDC_PROVIDERS: providers } = readConfig(
    OIDC_PROVIDERS(PROVIDER, { ...PROVIDER, id: "own", client_secret: " s ", scope: "openid" }),
  );
  expect(providers).toEqual([
    { ...PROVIDER, scope: "openid email profile" },
    { ...PROVIDER, id: "own", client_secret: " s ", scope: "openid" },
  ]);
  for (const host of ["localhost:8080", "127.0.0.1", "[::1]:8080"]) {
    const local = { ...PROVIDER, issuer: `http://${host}/realm` };
    expect(readConfig(OIDC_PROVIDERS(local)).OIDC_PROVIDERS[0]?.issuer).toBe(local.issuer);
  }
  // One issuer's two audiences; and one that is no URL, whose keys somebody else publishes.
  const issuers = [
    { ...ISSUER, claims: { tenant: "org" } },
    { ...ISSUER, audience: "other" },
    { issuer: "accounts.acme", audience: "a", jwks_url: "http://localhost/keys" },
  ];
  expect(readConfig(TRUSTED_ISSUERS(...issuers)).TRUSTED_ISSUERS).toMatchObject(issuers);
  expect(readConfig(JWT_PRIVATE_KEY({ ...KEY, alg: "ES256" })).JWT_PRIVATE_KEY).toEqual({
    keys: [KEY],
  });
  const keys = [KEY, { ...KEY, x: "z".repeat(43) }, { ...KEY, kid: "a" }, { ...KEY, kid: "b" }];
  expect(readConfig(JWT_PRIVATE_KEY({ keys })).JWT_PRIVATE_KEY).toEqual({ keys });
});

test("an API key's prefix is nobody's business", () => {
  expect(readConfig({ OPENAI_API_KEY: "anything" }).OPENAI_API_KEY).toBe("anything");
});

test.each(["https://a.test,https://b.test", '["https://a.test", "https://b.test"]'])(
  "origins are a list, written as %s",
  (CORS_ORIGINS) => {
    expect(readConfig({ CORS_ORIGINS }).CORS_ORIGINS).toEqual(["https://a.test", "https://b.test"]);
  },
);

test("only in development a page of another origin may call without being named", () => {
  expect(readConfig({ APP_ENV: "staging" }).CORS_ORIGINS).toEqual([]);
  expect(readConfig({ APP_ENV: "production" }).CORS_ORIGINS).toEqual([]);
  expect(readConfig({ APP_ENV: "production", CORS_ORIGINS: "*" }).CORS_ORIGINS).toEqual(["*"]);
});

test("older names are read where the own name is unset", () => {
  expect(
    readConfig({ LLM_MODEL: "m", MAX_TOKENS: "5", OLLAMA_DEFAULT_MODEL: "o", LOG_LEVEL: "INFO" }),
  ).toMatchObject({
    DEFAULT_MODEL: "m",
    LLM_MAX_TOKENS: 5,
    OLLAMA_MODEL: "o",
    APP_LOG_LEVEL: "info",
  });
  expect(readConfig({ DEFAULT_MODEL: "own", LLM_MODEL: "old" }).DEFAULT_MODEL).toBe("own");
  expect(readConfig({ DEFAULT_MODEL: "", LLM_MODEL: "old" }).DEFAULT_MODEL).toBe("old");
});

test("production turns anonymous visitors away unless it is told to let them in", () => {
  expect(readConfig({ APP_ENV: "production" }).ALLOW_ANONYMOUS).toBe(false);
  expect(readConfig({ APP_ENV: "production", ALLOW_ANONYMOUS: "true" }).ALLOW_ANONYMOUS).toBe(true);
});

test("every variable is described, and no name is claimed twice", () => {
  const names = describeVariables().flatMap(({ name, aliases, about }) => {
    expect(about).not.toBe("");
    return aliases.concat(name);
  });
  expect(new Set(names).size).toBe(names.length);
});
