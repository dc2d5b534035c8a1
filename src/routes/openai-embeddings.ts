// POST /v1/embeddings: texts become vectors by the embedder that documents are searched with, or the embedded one.
import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { Meter } from "../llm/calls.ts";
import { embeddedEmbedder } from "../llm/embedders/embedded.ts";
import { type Embedder, EmbeddingError } from "../llm/embedders/embedder.ts";
import { mayHave, shortened } from "../llm/embedders/shorten.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { embeddedSchema, embeddingsFrom, embeddingsSchema } from "../protocol/openai/embeddings.ts";
import { untakenIn } from "../protocol/openai/extension.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { modelNotFound, tellIgnored } from "./openai-sending.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { paying } from "./searching.ts";

const EMBEDDED = "embedded";

type Named = { name: string; owner: string; embedder: Embedder };

/** Those that can be asked: the one that is configured first. */
export function embeddersIn(c: AppContext): Named[] {
  const { services } = c.var;
  const { embedders } = services.searching(new Meter(services.now), c.req.raw.signal);
  const { provider } = services.config.EMBEDDING_MODEL;
  const always = { name: EMBEDDED, owner: EMBEDDED, embedder: embeddedEmbedder() };
  if (provider === EMBEDDED) return [always];
  return [{ name: embedders.own.id, owner: provider, embedder: embedders.own }, always];
}

export const openaiEmbeddings = new Hono<AppEnv>().post(
  "/embeddings",
  requirePrincipal,
  requires({ scope: "chat" }),
  describes(
    "openai",
    "Turn texts into vectors",
    [{ status: 200, description: "One vector for each text", schema: embeddedSchema }],
    [
      "VALIDATION_ERROR",
      "AUTHENTICATION_ERROR",
      "BUDGET_EXCEEDED",
      "FORBIDDEN",
      "NOT_FOUND",
      "PAYLOAD_TOO_LARGE",
      "UNSUPPORTED_MEDIA_TYPE",
      "LLM_PROVIDER_ERROR",
    ],
  ),
  takes("json", embeddingsSchema, { model: "embedded", input: ["Hello", "Good morning"] }),
  async (c) => {
    const { model, input, dimensions, encoding_format } = c.req.valid("json");
    tellIgnored(c, untakenIn(await c.req.json<unknown>(), c.req.valid("json")));
    const texts = typeof input === "string" ? [input] : input;
    const { embedder, name } = embedderNamed(c, model);
    if (typeof dimensions === "number") requireLength(embedder, dimensions);
    const tokens = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    const work = (meter: Meter) => vectorsOf(c, embedder, texts, tokens, meter);
    // The embedded one costs nothing: then it is a request like any other.
    const vectors =
      name === EMBEDDED
        ? await work(new Meter(c.var.services.now))
        : await paying(c, { embedded: tokens, models: 0 }, work, "embeddings");
    return c.json(
      embeddingsFrom(
        vectors.map((vector) => shortened(vector, dimensions ?? vector.length)),
        { model: name, tokens, base64: encoding_format === "base64" },
      ),
    );
  },
);

/** @throws {AppError} NOT_FOUND */
function embedderNamed(c: AppContext, model: string): Named {
  const named = embeddersIn(c).find(
    ({ name, owner }) => name === model || name === `${owner}/${model}`,
  );
  if (named === undefined) throw modelNotFound(model);
  return named;
}

async function vectorsOf(
  c: AppContext,
  embedder: Embedder,
  texts: readonly string[],
  tokens: number,
  meter: Meter,
): Promise<Float32Array[]> {
  const { now, searching } = c.var.services;
  const { signal } = c.req.raw;
  const { spent } = searching(meter, signal);
  const began = now();
  try {
    const vectors = await embedder.embed(texts, signal);
    spent(embedder, tokens, now() - began);
    return vectors;
  } catch (thrown) {
    if (!(thrown instanceof EmbeddingError)) throw thrown;
    throw new AppError(
      "LLM_PROVIDER_ERROR",
      "The embedder could not be asked, or did not answer with vectors. Try again.",
      { retryable: true },
      { cause: thrown },
    );
  }
}

/** @throws {AppError} where a vector of that length would be no embedding */
function requireLength(embedder: Embedder, dimensions: number): void {
  if (mayHave(embedder, dimensions)) return;
  throw new AppError(
    "VALIDATION_ERROR",
    `dimensions: this model does not support ${dimensions}${embedder.dimensions === null ? "" : `; it has ${embedder.dimensions}`}. Leave it out.`,
    { field: "dimensions", reason: "unsupported_value" },
  );
}
