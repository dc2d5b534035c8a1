// GET /v1/models: who can be named, as OpenAI lists them.
import { Hono } from "hono";
import { z } from "zod";
import { catalogue } from "../llm/catalogue.ts";
import { openaiModel, openaiModelSchema, openaiModelsSchema } from "../protocol/openai/models.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { embeddersIn } from "./openai-embeddings.ts";
import { modelNotFound } from "./openai-sending.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const MODELS = "/models/";

export const openaiModels = new Hono<AppEnv>()
  .get(
    "/models",
    requirePrincipal,
    requires({ scope: "chat" }),
    describes(
      "openai",
      "The models that can be named, embedders among them",
      [{ status: 200, description: "Models", schema: openaiModelsSchema }],
      ["AUTHENTICATION_ERROR"],
    ),
    async (c) => c.json({ object: "list", data: await listed(c) }),
  )
  .get(
    "/models/:id",
    requirePrincipal,
    requires({ scope: "chat" }),
    describes(
      "openai",
      "One model",
      [{ status: 200, description: "The model", schema: openaiModelSchema }],
      ["AUTHENTICATION_ERROR", "NOT_FOUND"],
    ),
    takes("param", z.object({ id: z.string() })),
    async (c) => c.json(await named(c, c.req.valid("param").id)),
  )
  // The same for who leaves the slash in a model's name as it is.
  .get(`${MODELS}*`, requirePrincipal, requires({ scope: "chat" }), async (c) =>
    c.json(await named(c, c.req.path.slice(c.req.path.indexOf(MODELS) + MODELS.length))),
  );

/** @throws {AppError} NOT_FOUND */
async function named(c: AppContext, id: string) {
  const { standard } = c.var.services.turn.models;
  const plain = `${standard.provider.id}/${id}`;
  const model = (await listed(c)).find((one) => one.id === id || one.id === plain);
  if (model === undefined) throw modelNotFound(id);
  return model;
}

/** What is really there: a model that its vendor does not list is not. */
async function listed(c: AppContext) {
  const entries = await catalogue(c.var.services.turn.models.vendors, c.var.services);
  return [
    openaiModel("auto", "edgewise"),
    ...entries
      .filter((entry) => entry.listed !== false)
      .map(({ id, provider, modified_at }) =>
        openaiModel(`${provider.id}/${id}`, provider.id, modified_at),
      ),
    ...embeddersIn(c).map(({ name, owner }) => openaiModel(name, owner)),
  ];
}
