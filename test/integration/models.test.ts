// Which models there are, as their two doors tell.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { anyone, appWith } from "./app-with.ts";
import { Client } from "./client.ts";

type Model = {
  id: string;
  provider: string;
  listed: boolean | null;
  price: { input: number } | null;
  health: string;
  tiers: string[];
  default: boolean;
};

test("each model has its provider, what it can, its context, its price and how it is", async () => {
  const { models, service_level } = await anyone.json<{ models: Model[]; service_level: string }>(
    "/api/v1/models",
  );
  expect(service_level).toBe("full");
  expect(new Set(models.map(({ provider }) => provider))).toEqual(
    new Set(["openai", "anthropic", "ollama", "embedded"]),
  );
  expect(models.find(({ id }) => id === "openai/stub")).toMatchObject({
    provider: "openai",
    listed: true,
    capabilities: { tools: expect.any(Boolean) as boolean },
    context_tokens: expect.any(Number) as number,
    price: null, // nobody knows it, and it is not free
    health: "closed",
  });
  // Nobody listens at Ollama's address: what is known of it is told, and that it was not asked.
  expect(models.filter(({ provider }) => provider === "ollama")).toMatchObject([{ listed: null }]);
  expect(models.find(({ provider }) => provider === "embedded")).toMatchObject({
    price: { input: 0, output: 0 },
  });
});

test("a model that keeps failing is told of as it is", async () => {
  const { ask, services } = appWith({ LLM_RETRIES: "1" });
  const model = "stub:fault=500,models=1";
  for (let n = 0; n < 5; n++)
    await ask("/api/v1/chat/direct", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
    });
  const { models } = services.turn;
  expect(models.phase({ provider: models.standard.provider, model })).toBe("open");
});

test("seed 004's clients see Ollama's models with their sizes", async () => {
  const { ask } = appWith({ OLLAMA_BASE_URL: env.STUB_URL, DEFAULT_PROVIDER: "ollama" });
  const response = await ask("/api/models");
  expect(response.status).toBe(200);
  const { models } = await response.json<{ models: object[] }>();
  expect(models.length).toBeGreaterThan(0);
  for (const model of models)
    expect(model).toMatchObject({
      name: "stub:1b",
      size: expect.any(String) as string,
      modified_at: expect.any(String) as string,
    });
});

test("seed 004's clients see the models of who is sent what they choose", async () => {
  const client = new Client();
  const { models } = await client.json<{ models: { name: string }[] }>("/api/models");
  const chosen = { message: "Hi", model: models[0]?.name };
  const { conversation_id } = await client.json<{ conversation_id: string }>("/api/chat", {
    json: chosen,
  });
  const [, answer] = await client.messages(conversation_id);
  const all = await client.json<{ models: Model[] }>("/api/v1/models");
  const its = all.models.filter(({ provider }) => provider === answer?.provider);
  expect(models.map(({ name }) => `${answer?.provider}/${name}`)).toEqual(its.map(({ id }) => id));
});
