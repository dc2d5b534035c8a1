import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { MODEL_PRICES } from "./test/stub/priced.ts";

/** Models that fail, and who stands behind them: each test has one of its own. */
const FALLBACKS = {
  "stub:tokens=40,delay=10,fault=drop,chain=stream": ["anthropic/stub:tokens=40"],
  "stub:fault=500,chain=socket": ["anthropic/stub:tokens=6"],
  "stub:tokens=40,delay=10,fault=drop,chain=anew": ["anthropic/stub:tokens=40,restart=1"],
  "stub:tokens=60,delay=10,fault=drop,chain=restart": ["anthropic/stub:tokens=120,delay=30"],
  "stub:fault=500,chain=cancel": ["anthropic/stub:fault=hang,tag=behind"],
};

/**
 * Libraries without their source maps. A test gets all that it imports in one message, which workerd bounds at 32 MiB:
 * with the maps of a reader of PDF it was more.
 */
const withoutMapsOfLibraries: Plugin = {
  name: "without-maps-of-libraries",
  transform: (code, id) =>
    // Of code that is as it was, Vite makes a map of its own.
    id.includes("/node_modules/") ? { code: `${code}\n`, map: { mappings: "" } } : undefined,
};

/** Inside workerd, on real Durable Objects, D1 and KV; the provider is a real HTTP server. */
const insideWorkerd = () => [
  withoutMapsOfLibraries,
  cloudflareTest(async ({ inject }) => {
    const stub: string = inject("stubUrl");
    const oidc = inject("oidc");
    const outside: string = inject("outsideUrl");
    const receiver: string = inject("receiverUrl");
    return {
      remoteBindings: false,
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          APP_ENV: "development", // wrangler.toml says production
          MIGRATIONS: await readD1Migrations("migrations"),
          STUB_URL: stub,
          OUTSIDE_URL: outside,
          RECEIVER_URL: receiver,
          WEBHOOK_SECRET: "a-secret-of-callbacks",
          WEBHOOK_TIMEOUT: "3",
          WEBHOOK_RETRY_DELAY: "1",
          OPENAI_API_KEY: "sk-test",
          OPENAI_BASE_URL: `${stub}/v1`,
          ANTHROPIC_API_KEY: "sk-ant-test",
          ANTHROPIC_BASE_URL: stub,
          OLLAMA_BASE_URL: "http://127.0.0.1:1", // nobody listens there
          WORKERS_AI: "off",
          MODEL_PRICES,
          LLM_TIMEOUT: "2",
          LLM_RETRY_DELAY: "0.01",
          LLM_FALLBACKS: JSON.stringify(FALLBACKS),
          EMBEDDED_TOKEN_DELAY: "0",
          KNOWLEDGE_SHARD_CHUNKS: "1000", // so that a test can fill one
          TITLE_MODEL: "openai/stub:echo=title",
          SUMMARY_MODEL: "openai/stub:echo=summary",
          ENTITIES_MODEL: "openai/stub:echo=entities",
          INTENT_MODEL: "openai/stub:echo=intent",
          REFERENCES_MODEL: "openai/stub:echo=references",
          AUTO_TITLE: "false", // a test that is about titles asks for one
          APP_LOG_LEVEL: "error",
          APP_SECRET_KEY: "a-secret-that-only-tests-know-0123456789",
          OIDC_CONTROL_URL: oidc.control,
          OIDC_PROVIDERS: JSON.stringify(oidc.providers),
          TRUSTED_ISSUERS: JSON.stringify(oidc.trusted),
        },
      },
    };
  }),
];

/** Of what runs against clocks, alarms and queues on a machine that does other work, too: told as `retry x1`. */
const AGAIN = 1;

export default defineConfig({
  test: {
    maxWorkers: 3, // of two cores, as the smallest machine has that runs them: much of this is waiting
    projects: [
      {
        // These keep nothing: they share a workerd, which takes seconds to start.
        plugins: insideWorkerd(),
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          isolate: false,
          globalSetup: ["test/stub/setup.ts"],
          testTimeout: 20_000,
        },
      },
      {
        // Each file has a workerd of its own, and its storage begins empty.
        plugins: insideWorkerd(),
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/stub/setup.ts"],
          setupFiles: ["test/integration/migrate.ts"],
          retry: AGAIN,
          testTimeout: 20_000,
        },
      },
      {
        // Around a real `npm start`, from outside.
        test: {
          name: "process",
          include: ["test/process/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          retry: AGAIN,
        },
      },
      {
        // In a real browser, where there is one.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          retry: AGAIN,
        },
      },
    ],
  },
});
