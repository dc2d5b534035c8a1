// POST /v1/chat/completions: an answer for OpenAI's clients.
import { Hono } from "hono";
import { askedOfChat, chatSchema } from "../protocol/openai/chat-body.ts";
import { completionFrom, completionSchema } from "../protocol/openai/chat-answer.ts";
import { untakenIn } from "../protocol/openai/extension.ts";
import type { AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { answerOpenai, OPENAI_FAILURES, openaiAsked } from "./openai-sending.ts";
import { costing } from "./principal.ts";

export const openaiChat = new Hono<AppEnv>().use(costing(openaiAsked)).post(
  "/",
  describes(
    "openai",
    "Answer messages as OpenAI's chat completions do",
    [{ status: 200, description: "The answer", schema: completionSchema, stream: true }],
    [...OPENAI_FAILURES],
  ),
  takes("json", chatSchema, {
    model: "auto",
    messages: [{ role: "user", content: "Hello" }],
    stream: true,
  }),
  async (c) => {
    const body = c.req.valid("json");
    const raw = await c.req.json<Record<string, unknown>>();
    const ignored = untakenIn(raw, body);
    const created = Math.floor(c.var.services.now() / 1000);
    const include_usage = body.stream_options?.include_usage === true;
    return answerOpenai(c, askedOfChat(body, raw), ignored, (model) => ({
      whole: (closing) => completionFrom(closing, { model, created }),
      format: { name: "openai-chunks", model, created, include_usage },
    }));
  },
);
