// The migration that made events of rows: nothing that was used before it is forgotten.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { storedUsageSchema } from "../../src/store/usage.ts";

const OLD = [
  // turn_id, provider, purpose, status, error_code, tokens, cost, priced, conversation
  ["turn_a", "openai", "chat", "completed", null, 10, 70, 1, "conv_1"],
  ["turn_a:title", "openai", "title", "completed", null, 4, 9, 1, "conv_1"],
  ["turn_b", "openai", "chat", "failed", "LLM_TIMEOUT", 6, 0, 0, "conv_1"],
  ["turn_c", null, "chat", "failed", "LLM_PROVIDER_ERROR", 0, 0, 0, null],
] as const;

test("old rows become events, which an outbox that still holds them tells no second time", async () => {
  const at = env.MIGRATIONS.findIndex(({ name }) => name.startsWith("0006_"));
  const table = env.MIGRATIONS.slice(0, at)
    .flatMap(({ queries }) => queries)
    .filter((query) => /\b(TABLE|ON) usage\b/i.test(query));
  await env.DB.batch(["DROP TABLE usage_events", ...table].map((query) => env.DB.prepare(query)));
  const rows = OLD.map(
    ([turn_id, provider, purpose, status, error_code, tokens, cost, priced, conversation_id]) => ({
      turn_id,
      at: 5,
      tenant_id: "t",
      user_id: "u",
      key_id: null,
      tier: "free",
      conversation_id,
      purpose,
      provider,
      model: provider === null ? null : "m",
      status,
      error_code,
      prompt_tokens: tokens,
      completion_tokens: 0,
      cost,
      priced,
    }),
  );
  for (const row of rows) {
    const names = Object.keys(row);
    await env.DB.prepare(
      `INSERT INTO usage (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    )
      .bind(...Object.values(row))
      .run();
  }
  const queries = env.MIGRATIONS[at]?.queries ?? [];
  await env.DB.batch(queries.map((query) => env.DB.prepare(query)));
  const { results } = await env.DB.prepare("SELECT * FROM usage_events ORDER BY id").all();
  expect(results).toMatchObject([
    { id: "turn_a", turn_id: "turn_a", cost: 70, turn_status: "completed", feature: "chat" },
    { id: "turn_a:title", turn_id: "turn_a", cost: 9, turn_status: null, purpose: "title" },
    { id: "turn_b", cost: null, turn_status: "failed", turn_error: "LLM_TIMEOUT" },
    { id: "turn_c", cost: 0, turn_status: "failed", provider: null, feature: "direct" },
  ]);
  // The same row, read from an outbox: the same event, under the same id.
  const told = rows.map((row) => {
    const event = storedUsageSchema.parse(Object.assign(row, { priced: row.priced === 1 }));
    return Object.assign(event, { estimated: 0 });
  });
  expect(told).toEqual(results);
  const left = await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'usage'").all();
  expect(left.results).toEqual([]);
});
