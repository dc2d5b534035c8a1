// POST /chat, /chat/stream and /chat/direct: a message goes in, an answer comes out.
import { Hono } from "hono";
import { z } from "zod";
import { unwrap } from "../errors.ts";
import { messageSchema } from "../protocol/message.ts";
import { requestSchema } from "../protocol/request.ts";
import { sendSchema, statelessSchema } from "../protocol/send.ts";
import { describes, takes } from "./declare.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { answerLater, checkedCallback, laterFields, readsPreference, wantsLater } from "./later.ts";
import { costs } from "./principal.ts";
import {
  answerStateless,
  commandFrom,
  destination,
  finished,
  statelessInput,
  streamStateless,
  streamTurn,
  wantsStream,
} from "./sending.ts";

const chatSchema = sendSchema
  .extend({
    conversation_id: z.string().nullish().describe("Without it a conversation is made."),
    stream: z.boolean().optional(),
    ...laterFields,
  })
  .meta({ ref: "Send" });
const SEND: z.input<typeof chatSchema> = {
  message: "Explain tides",
  model: "auto",
  max_tokens: 500,
};
const directSchema = statelessSchema.extend({ stream: z.boolean().optional() });

const FAILURES = [
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "RATE_LIMIT_EXCEEDED",
  "FORBIDDEN",
  "CONVERSATION_NOT_FOUND",
  "NOT_FOUND", // the prompt that it names
  "CONVERSATION_BUSY",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_CONFLICT",
  "LLM_PROVIDER_ERROR",
  "SERVICE_UNAVAILABLE",
  "LLM_TIMEOUT",
] as const;

export const chat = new Hono<AppEnv>()
  .use(costs)
  .post(
    "/",
    describes(
      "chat",
      "Send a message and get the answer; a stream with `stream: true` or `Accept: text/event-stream`; an id to ask for it later with `callback_url` or `Prefer: respond-async`",
      [
        { status: 200, description: "The answer", schema: messageSchema, stream: true },
        { status: 202, description: "It is going to be answered", schema: requestSchema },
      ],
      [...FAILURES],
    ),
    readsPreference,
    takes("json", chatSchema, SEND),
    async (c) => {
      const body = c.req.valid("json");
      if (wantsLater(c, body)) return later(c, body);
      if (wantsStream(c, body)) return stream(c, body);
      const { id, create } = await destination(c, body);
      const command = await commandFrom(c, id, body);
      const { services, principal } = c.var;
      const closing = unwrap(await services.conversation(id).ask(principal, id, command, create));
      return c.json(finished(closing));
    },
  )
  .post(
    "/stream",
    describes(
      "chat",
      "Send a message and watch the answer being written",
      [
        { status: 200, description: "Server-Sent Events", stream: true },
        { status: 202, description: "It is going to be answered", schema: requestSchema },
      ],
      [...FAILURES],
    ),
    readsPreference,
    takes("json", chatSchema, SEND),
    (c) => {
      const body = c.req.valid("json");
      return wantsLater(c, body) ? later(c, body) : stream(c, body);
    },
  )
  .post(
    "/direct",
    describes(
      "chat",
      "Answer messages that the caller brings, storing nothing; leaving ends it",
      [{ status: 200, description: "The answer", schema: messageSchema, stream: true }],
      [
        "AUTHENTICATION_ERROR",
        "BUDGET_EXCEEDED",
        "RATE_LIMIT_EXCEEDED",
        "FORBIDDEN",
        "NOT_FOUND",
        "PAYLOAD_TOO_LARGE",
        "LLM_PROVIDER_ERROR",
        "SERVICE_UNAVAILABLE",
        "LLM_TIMEOUT",
      ],
    ),
    takes("json", directSchema, {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Explain tides" },
      ],
      model: "auto",
      temperature: 0.3,
    }),
    async (c) => {
      const body = c.req.valid("json");
      const input = await statelessInput(c, body);
      if (wantsStream(c, body)) return streamStateless(c, input);
      const closing = await answerStateless(
        c,
        c.var.charge.take(),
        input,
        () => undefined,
        c.req.raw.signal,
      );
      return c.json(finished(closing));
    },
  );

async function later(c: AppContext, body: z.infer<typeof chatSchema>): Promise<Response> {
  const callback_url = await checkedCallback(c, body.callback_url);
  const { id, create } = await destination(c, body);
  return answerLater(c, id, await commandFrom(c, id, body), create, callback_url);
}

async function stream(c: AppContext, body: z.infer<typeof chatSchema>): Promise<Response> {
  const { id, create } = await destination(c, body);
  return streamTurn(c, id, await commandFrom(c, id, body), create);
}
