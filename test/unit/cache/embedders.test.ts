// Embedders: the same text is the same vector for ever, and what comes back from outside is checked.
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { embeddedEmbedder, vectorOf } from "../../../src/llm/embedders/embedded.ts";
import type { Embedder } from "../../../src/llm/embedders/embedder.ts";
import { makeEmbedder } from "../../../src/llm/embedders/make-embedder.ts";
import { openaiEmbedder } from "../../../src/llm/embedders/openai.ts";
import { stemOf } from "../../../src/llm/embedders/stems.ts";
import { workersAiEmbedder } from "../../../src/llm/embedders/workers-ai.ts";

const { signal } = new AbortController();
const length = (vector: Float32Array | undefined) =>
  Math.hypot(...Array.from(vector ?? new Float32Array()));
const cosine = (a: string, b: string) => {
  const [x, y] = [vectorOf(a), vectorOf(b)];
  return x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
};

async function sha256(vector: Float32Array): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", vector.slice().buffer);
  return new Uint8Array(bytes).toHex().slice(0, 16);
}

test("embedded vectors do not change while their id does not", async () => {
  expect(embeddedEmbedder()).toMatchObject({ id: "embedded/1", dimensions: 256, reads: "words" });
  expect(await sha256(vectorOf("How do I reset my password?"))).toBe("fd0411c1ccaecf81");
  expect(await sha256(vectorOf("如何重置密码？"))).toBe("2f069d9c75324543");
  expect(await sha256(vectorOf(""))).toBe("2a69b6354d8319f0");
});

test("embedded vectors have length 1 and know words, not order or case", () => {
  for (const text of ["a", "…", "How do I reset my password?", "重置"])
    expect(length(vectorOf(text))).toBeCloseTo(1, 5);
  expect(cosine("reset PASSWORD", "Reset password!")).toBeCloseTo(1, 5);
  expect(cosine("sorting lists", "sort a list")).toBeGreaterThan(0.9);
  expect(Math.abs(cosine("sorting lists", "weather in Rome"))).toBeLessThan(0.3);
});

test("a stem is never another word's", () => {
  const stems =
    "plan plane hope hop news bus class changed changes making running using eating string creating companies boxes"
      .split(" ")
      .map(stemOf);
  expect(stems).toEqual(
    "plan plane hope hop news bus class changed change make run use eat string create company box".split(
      " ",
    ),
  );
});

type Sent = { input: string[]; model: string };

function openai(
  reply: (sent: Sent) => unknown,
  status = 200,
): { embedder: Embedder; sent: Sent[] } {
  const sent: Sent[] = [];
  const answering: typeof fetch = async (input, init) => {
    const body = await new Request(input, init).json<Sent>();
    sent.push(body);
    return Response.json(reply(body), { status });
  };
  const embedder = openaiEmbedder(
    {
      provider: "openai",
      model: "some-model",
      baseURL: "https://models.example/v1",
      apiKey: "k",
      threshold: 0.92,
    },
    answering,
  );
  return { embedder, sent };
}

const rows = ({ input }: Sent, row: (text: string) => unknown = () => [3, 4]) => ({
  object: "list",
  model: "some-model",
  data: input
    .map((text, index) => ({ object: "embedding", index, embedding: row(text) }))
    .toReversed(),
  usage: { prompt_tokens: 1, total_tokens: 1 },
});

test("numbers or base64, many texts are asked in batches and come back in their order", async () => {
  const base64 = (text: string) =>
    btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(Number(text), 1).buffer)));
  for (const row of [(text: string) => [Number(text), 1], base64]) {
    const { embedder, sent } = openai((body) => rows(body, row));
    const vectors = await embedder.embed(
      Array.from({ length: 200 }, (_, n) => String(n)),
      signal,
    );
    expect(sent.map(({ input }) => input.length)).toEqual([96, 96, 8]);
    expect(vectors).toHaveLength(200);
    expect(vectors[0]).toEqual(Float32Array.of(0, 1));
    expect((vectors[199]?.[0] ?? 0) / (vectors[199]?.[1] ?? 1)).toBeCloseTo(199, 2);
    expect(embedder.dimensions).toBe(2);
  }
});

const wrong: Record<string, (sent: Sent) => unknown> = {
  "too few": (sent) => ({ ...rows(sent), data: [] }),
  "of different lengths": (sent) => rows(sent, (text) => (text === "b" ? [1] : [1, 2])),
  "of no length": (sent) => rows(sent, () => [0, 0]),
  "no vectors": () => ({ error: "what?" }),
  "no numbers": (sent) => rows(sent, () => ["a"]),
};

test.each(Object.entries(wrong))(
  "an answer with vectors that are %s is an error",
  async (_, reply) => {
    await expect(openai(reply).embedder.embed(["a", "b"], signal)).rejects.toMatchObject({
      name: "EmbeddingError",
    });
  },
);

test("a server that refuses is asked once", async () => {
  const { embedder, sent } = openai(() => ({ error: { message: "no" } }), 500);
  await expect(embedder.embed(["a"], signal)).rejects.toMatchObject({ name: "EmbeddingError" });
  expect(sent).toHaveLength(1);
});

test("Workers AI's vectors are checked in the same way", async () => {
  const ai = (data: unknown) => ({ run: () => Promise.resolve({ data }) }) as unknown as Ai;
  const vector = Array.from({ length: 1024 }, () => 2);
  const embedder = workersAiEmbedder(ai([vector]), "@cf/baai/bge-m3", 0.92);
  const [only] = await embedder.embed(["a"], signal);
  expect(length(only)).toBeCloseTo(1, 4);
  const other = workersAiEmbedder(ai([[1, 2]]), "@cf/baai/bge-m3", 0.92);
  await expect(other.embed(["a"], signal)).rejects.toMatchObject({ name: "EmbeddingError" });
});

test("EMBEDDING_MODEL chooses, and says what is missing", () => {
  const made = (env: Record<string, string>) => makeEmbedder(readConfig(env), fetch, undefined);
  expect(made({})).toMatchObject({ id: "embedded/1", threshold: 0.92 });
  expect(made({ SEMANTIC_CACHE_THRESHOLD: "0.8" })).toMatchObject({ threshold: 0.8 });
  expect(
    made({ EMBEDDING_MODEL: "openai/text-embedding-3-small", OPENAI_API_KEY: "k" }),
  ).toMatchObject({ id: "openai/text-embedding-3-small", dimensions: 1536, threshold: 0.92 });
  expect(() => made({ EMBEDDING_MODEL: "openai/x" })).toThrow(/OPENAI_API_KEY: should be set/);
  expect(() => made({ EMBEDDING_MODEL: "workers-ai/@cf/baai/bge-m3" })).toThrow(/EMBEDDING_MODEL/);
  for (const name of ["openai", "anthropic/x", "embedded/x", "x"])
    expect(() => made({ EMBEDDING_MODEL: name })).toThrow(
      /EMBEDDING_MODEL: should be embedded, or/,
    );
});
