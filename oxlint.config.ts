import { defineConfig, type OxlintOverride } from "oxlint";

// The house, top to bottom. A room imports only rooms of the floors below its own;
// rooms that share a floor never import each other.
const floors = [
  ["index.ts", "app.ts", "compose.ts", "compose-knowledge.ts", "stubs.ts"],
  ["routes/**", "jobs/**"],
  ["durable-objects/**"],
  ["conversation/**"],
  ["agents/**"],
  ["turn/**"],
  ["memory/**", "tools/**", "guard/**"],
  ["rag/**"],
  ["account/**"],
  ["llm/**"],
  ["auth/**", "usage/**"],
  ["store/**"],
  ["vectors/**"],
  ["egress/**"],
  ["protocol/**"],
  ["telemetry/**"],
  ["config.ts", "errors.ts", "ids.ts"],
  ["variables.ts"],
  ["vendor-variables.ts", "knowledge-variables.ts"],
  ["variable-types.ts"],
  ["vendors.ts"],
];

const importDirection = floors.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const above = floors.slice(0, floor === 0 ? 0 : floor + 1).flat();
    const patterns = above
      .filter((other) => other !== room)
      .map((other) => ({
        group: [`**/${other}`],
        message: `${room} lies below or beside ${other}: imports run down the house.`,
      }));
    return {
      files: [room.startsWith("durable-objects") ? room : `src/${room}`],
      rules: { "no-restricted-imports": ["error", { patterns }] },
    } satisfies OxlintOverride;
  }),
);

/** What others take stands on its own: of the server it knows types, which `npm run build:client` writes out. */
const clientAlone: OxlintOverride = {
  files: ["client/**"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["**/src/**", "zod"],
            allowTypeImports: true,
            message: "The client imports types alone: it has no dependencies.",
          },
          {
            group: ["**/web/**", "**/durable-objects/**", "node:*", "cloudflare:*"],
            message: "The client runs anywhere, and knows nobody who uses it.",
          },
        ],
      },
    ],
  },
};

export default defineConfig({
  plugins: ["typescript", "unicorn", "import", "promise", "react", "oxc"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  ignorePatterns: ["node_modules", "web/dist", "client/dist", ".wrangler", "bench/results"],
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "eslint/no-console": "error",
    "eslint/eqeqeq": "error",
    // Sequential awaits are the point of a turn: order is durability.
    "eslint/no-await-in-loop": "off",
    "react/react-in-jsx-scope": "off",
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
    "typescript/consistent-return": "off", // tsc's noImplicitReturns knows exhaustive switches
    "unicorn/no-array-sort": "off",
    "unicorn/consistent-function-scoping": "off",
    "eslint/no-underscore-dangle": "off",
  },
  overrides: [
    ...importDirection,
    clientAlone,
    {
      // Every URL that a user, a document or a model had a hand in leaves through one door;
      // the vendors' SDKs are handed their own fetch in the composition root.
      files: ["src/**", "durable-objects/**"],
      rules: {
        "no-restricted-globals": [
          "error",
          {
            name: "fetch",
            message: "Pass fetch in; only src/compose.ts and src/egress reach for it.",
          },
        ],
      },
    },
    { files: ["src/compose.ts", "src/egress/**"], rules: { "no-restricted-globals": "off" } },
    {
      // A test says what it expects of an answer's shape; the assertion is its check.
      files: ["test/**", "bench/**"],
      rules: {
        "typescript/no-unsafe-type-assertion": "off",
        "import/no-named-as-default-member": "off",
        "eslint/no-unsafe-optional-chaining": "off",
      },
    },
    {
      files: ["scripts/**", "bench/**", "test/**", "src/telemetry/log.ts"],
      rules: { "eslint/no-console": "off" },
    },
  ],
});
