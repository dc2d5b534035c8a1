import { expect, test } from "vitest";
import { BELIEVED, Generations } from "../../../src/llm/cache/generations.ts";
import { inGeneration } from "../../../src/llm/cache/identity.ts";

const ONE = { tenant_id: "a" };

test("a generation is asked for once a minute at most, and never believed longer", async () => {
  const clock = { now: 1000 };
  let generation = 0;
  let reads = 0;
  const generations = new Generations(
    () => {
      reads++;
      return Promise.resolve(generation);
    },
    () => clock.now,
  );
  expect(await generations.of(ONE)).toBe(0);
  generation = 1;
  clock.now += BELIEVED - 1;
  expect(await generations.of(ONE)).toBe(0);
  expect(reads).toBe(1);
  clock.now += 1;
  expect(await generations.of(ONE)).toBe(1);
  generation = 2;
  expect(await generations.of({ tenant_id: "b" })).toBe(2);
  generations.forget("a");
  expect(await generations.of(ONE)).toBe(2);
});

test("where nobody can tell, it is not guessed", async () => {
  const generations = new Generations(() => Promise.reject(new Error("away")), Date.now);
  await expect(generations.of(ONE)).rejects.toThrow("away");
});

test("another generation is another partition and another request", async () => {
  const identity = {
    tenant_id: "a",
    provider: "openai",
    model: "gpt",
    partition: "c".repeat(64),
    exact: "a".repeat(64),
    question: "Why?",
  };
  const [zero, one] = await Promise.all([0, 1].map((it) => inGeneration(identity, it)));
  expect(one?.partition).not.toBe(zero?.partition);
  expect(one?.exact).not.toBe(zero?.exact);
  expect(one).toMatchObject({ tenant_id: "a", question: "Why?" });
});
