// POST /v1/responses: the same for OpenAI's newer clients. Nothing is kept of a response.
import { Hono } from "hono";
import { headOf, responseFrom, responseSchema } from "../protocol/openai/response.ts";
import { askedOfResponses, responsesSchema } from "../protocol/openai/responses-body.ts";
import { untakenIn } from "../protocol/openai/extension.ts";
import type { AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { answerOpenai, OPENAI_FAILURES, openaiAsked } from "./openai-sending.ts";
import { costing } from "./principal.ts";

export const openaiResponses = new Hono<AppEnv>()
  .use(costing(openaiAsked))
  .post(
    "/",
    describes(
      "openai",
      "Answer an input as OpenAI's responses do",
      [{ status: 200, description: "The response", schema: responseSchema, stream: true }],
      [...OPENAI_FAILURES],
    ),
    takes("json", responsesSchema, { model: "auto", input: "Hello" }),
    async (c) => {
      const body = c.req.valid("json");
      const raw = await c.req.json<Record<string, unknown>>();
      const ignored = untakenIn(raw, body);
      const created = Math.floor(c.var.services.now() / 1000);
      return answerOpenai(c, askedOfResponses(body, raw), ignored, (model) => {
        const head = headOf(body, model, created);
        return {
          whole: (closing) => responseFrom(closing, head),
          format: { name: "openai-response", head },
        };
      });
    },
  );
