// GET /api/v1/models: which models there are, what they can, what they cost and how they are; and
// /api/models, as seed 004's clients ask for them.
import { Hono } from "hono";
import { z } from "zod";
import { unwrap } from "../errors.ts";
import { catalogue, type CatalogueEntry } from "../llm/catalogue.ts";
import { MODEL_TIERS } from "../llm/provider.ts";
import { seed004ModelsSchema, sizeOf } from "../protocol/seed004.ts";
import { MICROS } from "../usage/limits.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes } from "./declare.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const modelSchema = z
  .object({
    id: z.string().describe("`provider/model`."),
    provider: z.string(),
    model: z.string(),
    default: z.boolean().describe("Who answers where a request names nobody."),
    tiers: z.array(z.enum(MODEL_TIERS)).describe('For which `model: "auto"` chooses it.'),
    listed: z
      .boolean()
      .nullable()
      .describe("Whether its vendor lists it; null where it could not be asked."),
    capabilities: z.object({
      tools: z.boolean(),
      images: z.boolean(),
      json_schema: z.boolean(),
      reasoning: z.boolean(),
    }),
    context_tokens: z.number().int().describe("Of a request, its answer included."),
    price: z
      .object({
        input: z.number(),
        cached: z.number().nullable(),
        output: z.number(),
        image: z.number().nullable().describe("US dollars a picture, where that is charged apart."),
        as_of: z.string().nullable().describe("When it was read; null for the operator's own."),
        source: z.string(),
      })
      .nullable()
      .describe("US dollars per million tokens; null where nobody knows."),
    health: z
      .enum(["closed", "suspect", "open", "half_open"])
      .describe("Its circuit: closed is well, suspect failed last, open is not asked for a while."),
    bytes: z.number().optional(),
    modified_at: z.string().optional(),
  })
  .meta({ ref: "Model" });

const listSchema = z.object({ models: z.array(modelSchema), service_level: z.string() });

export const models = new Hono<AppEnv>().get(
  "/models",
  requirePrincipal,
  requires({ scope: "chat" }),
  describes(
    "models",
    "The models that can be named",
    [{ status: 200, description: "Models by provider", schema: listSchema }],
    ["AUTHENTICATION_ERROR"],
  ),
  async (c) => {
    const { turn } = c.var.services;
    const entries = await catalogue(turn.models.vendors, c.var.services);
    return c.json({
      models: entries.map((entry) => shown(c, entry)),
      service_level: turn.models.level(),
    } satisfies z.infer<typeof listSchema>);
  },
);

function shown(c: AppContext, { provider, listed, id, ...rest }: CatalogueEntry) {
  const { prices, turn } = c.var.services;
  const { standard } = turn.models;
  const price = prices.entry(provider.id, id);
  return {
    id: `${provider.id}/${id}`,
    provider: provider.id,
    model: id,
    default: standard.provider === provider && standard.model === id,
    tiers: MODEL_TIERS.filter((tier) => provider.tiers[tier] === id),
    listed,
    capabilities: provider.capabilities(id),
    context_tokens: provider.contextTokens(id),
    price:
      price === null
        ? null
        : {
            input: price.input,
            cached: price.cached ?? null,
            output: price.output,
            image: price.image === undefined ? null : price.image / MICROS,
            as_of: price.as_of,
            source: price.source,
          },
    health: turn.models.phase({ provider, model: id }),
    ...rest,
  } satisfies z.infer<typeof modelSchema>;
}

/** The models that seed 004's chat sends a name to: those of the provider that is standard. Sizes are Ollama's alone. */
export const seed004Models = new Hono<AppEnv>().get(
  "/",
  requirePrincipal,
  requires({ scope: "chat" }),
  describes(
    "seed 004",
    "List the models",
    [{ status: 200, description: "Models", schema: seed004ModelsSchema }],
    ["AUTHENTICATION_ERROR", "SERVICE_UNAVAILABLE", "LLM_PROVIDER_ERROR", "LLM_TIMEOUT"],
  ),
  async (c) => {
    const { models: known } = c.var.services.turn;
    const { provider: asked } = unwrap(known.choose({ model: "any" }));
    const those = known.vendors.filter(({ provider }) => provider === asked);
    const entries = await catalogue(those, c.var.services);
    return c.json({
      models: entries.map(({ id, bytes, modified_at }) => ({
        name: id,
        modified_at: modified_at ?? null,
        size: bytes === undefined ? null : sizeOf(bytes),
      })),
    } satisfies z.infer<typeof seed004ModelsSchema>);
  },
);
