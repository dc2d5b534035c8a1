// Two requests are the same to a cache only where everything is that an answer depends on.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Asked,
  canonical,
  identify,
  LONGEST_QUESTION,
} from "../../../src/llm/cache/identity.ts";

const asked = (change: Partial<Asked> = {}): Asked => ({
  tenant_id: "org_a",
  provider: "openai",
  model: "gpt",
  system: "Be brief.",
  tools: undefined,
  tool_choice: undefined,
  parallel_tool_calls: undefined,
  response_format: undefined,
  knowledge: ["handbook"],
  settings: {},
  defaults: { temperature: 0.7, max_tokens: 100 },
  messages: [{ role: "user", content: "What is the capital of France?" }],
  ...change,
});

const tool = { name: "look_up", description: "", parameters: { type: "object" } };

const changes: Record<string, Partial<Asked>> = {
  tenant: { tenant_id: "org_b" },
  provider: { provider: "azure" },
  model: { model: "gpt-mini" },
  system: { system: "Be long." },
  "no system": { system: undefined },
  tools: { tools: [tool] },
  "tool choice": { tool_choice: "none" },
  format: { response_format: { type: "json_object" } },
  knowledge: { knowledge: ["handbook", "wiki"] },
  "no knowledge": { knowledge: [] },
  temperature: { settings: { temperature: 0 } },
  stop: { settings: { stop: ["\n"] } },
  "default in force": { defaults: { temperature: 0.7, max_tokens: 200 } },
  examples: { examples: [{ role: "user", content: "Hi" }] },
};

test.each(Object.entries(changes))("another %s is another partition", async (_, change) => {
  const [one, other] = await Promise.all([identify(asked()), identify(asked(change))]);
  expect(other.partition).not.toBe(one.partition);
  expect(other.exact).not.toBe(one.exact);
});

test("other words, or a picture, are another request of the same partition", async () => {
  const one = await identify(asked());
  const words = await identify(asked({ messages: [{ role: "user", content: "And of Italy?" }] }));
  const picture = await identify(
    asked({
      messages: [
        {
          role: "user",
          content: "What is the capital of France?",
          images: [{ url: "https://example.com/a.png" }],
        },
      ],
    }),
  );
  expect(new Set([one, words, picture].map(({ partition }) => partition)).size).toBe(1);
  expect(new Set([one, words, picture].map(({ exact }) => exact)).size).toBe(3);
  expect(picture.question).toBeNull();
});

test("said or left to us, what is in force is the same; so are collections in another order", async () => {
  const one = await identify(asked({ knowledge: ["a", "b"] }));
  const other = await identify(
    asked({ knowledge: ["b", "a", "b"], settings: { temperature: 0.7, top_p: undefined } }),
  );
  expect(other).toEqual(one);
});

test("text that moves from one field to the next changes the hash", async () => {
  const fields = ["tenant_id", "provider", "model", "system"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 4, maxLength: 4 }),
      fc.nat(2),
      async (texts, at) => {
        const made = (values: readonly string[]) =>
          identify(asked(Object.fromEntries(fields.map((field, n) => [field, values[n] ?? ""]))));
        const moved = [...texts];
        moved[at + 1] = (moved[at] ?? "").slice(-1) + (moved[at + 1] ?? "");
        moved[at] = (moved[at] ?? "").slice(0, -1);
        const [one, other] = await Promise.all([made(texts), made(moved)]);
        expect(other.partition).not.toBe(one.partition);
      },
    ),
    { numRuns: 100 },
  );
});

test("text that moves between messages, system and knowledge changes the hash", async () => {
  const hashes = await Promise.all(
    [
      asked({ system: "ab", knowledge: ["c"] }),
      asked({ system: "a", knowledge: ["bc"] }),
      asked({ system: "a", knowledge: ["b", "c"] }),
      asked({ system: '","knowledge":["c"]', knowledge: [] }),
      asked({ messages: [{ role: "user", content: "ab" }] }),
      asked({
        examples: [{ role: "user", content: "a" }],
        messages: [{ role: "user", content: "b" }],
      }),
      asked({ messages: [{ role: "user", content: 'a"},{"role":"user","content":"b' }] }),
    ].map(identify),
  );
  expect(new Set(hashes.map(({ exact }) => exact)).size).toBe(hashes.length);
});

test("canonical JSON does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonical(turned)).toBe(canonical(value));
    }),
  );
});

test("only a single message of words can have similar ones", async () => {
  const question = async (messages: Asked["messages"]) =>
    (await identify(asked({ messages }))).question;
  expect(await question([{ role: "user", content: " Why? " }])).toBe("Why?");
  expect(await question([{ role: "user", content: "a".repeat(LONGEST_QUESTION + 1) }])).toBeNull();
  expect(await question([])).toBeNull();
  expect(
    await question([
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Why?" },
    ]),
  ).toBeNull();
  expect(await question([{ role: "tool", tool_call_id: "1", content: "42" }])).toBeNull();
  const hidden = String.fromCodePoint(0xe0000 + 65);
  for (const content of [`Why?${hidden}`, "Why\u200B?", "\uFEFFWhy?", "Why? ❤\uFE0F\uFE0F"])
    expect(await question([{ role: "user", content }])).toBeNull();
  expect(await question([{ role: "user", content: "Why 👩‍🚀 ❤️?" }])).toBe("Why 👩‍🚀 ❤️?");
});
