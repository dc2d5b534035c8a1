// /api/chat: the one address that two seeds share. `messages` are seed 003's client, a `message` is seed
// 004's; and what is below it is the one's or the other's.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { AppError, type ErrorCode } from "../errors.ts";
import {
  completionSchema,
  completionsSchema,
  quickAnswerSchema,
  quickSchema,
} from "../protocol/seed003-chat.ts";
import { answerSchema, chatSchema, plainly } from "../protocol/seed004-chat.ts";
import type { AppEnv } from "./context.ts";
import { checked, describes, describesBody, jsonOf, takes } from "./declare.ts";
import { askedIn, costing, costs, jsonBody } from "./principal.ts";
import { answerCompletion, answerQuick } from "./seed003-chat.ts";
import { answerMessage, streamMessage } from "./seed004-chat.ts";

const FAILURES = [
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "FORBIDDEN",
  "CONVERSATION_NOT_FOUND",
  "CONVERSATION_BUSY",
  "IDEMPOTENCY_CONFLICT",
  "RATE_LIMIT_EXCEEDED",
  "LLM_PROVIDER_ERROR",
  "SERVICE_UNAVAILABLE",
  "LLM_TIMEOUT",
] as const satisfies ErrorCode[];

const said = (value: unknown) => value !== undefined && value !== null;

/** Tells whose client it is before anything can go wrong; where nothing tells, nobody's. */
const whose = createMiddleware<AppEnv>(async function whose(c, next) {
  const { messages, message } = await jsonBody(c);
  if (said(messages) !== said(message)) c.set("surface", said(messages) ? "seed 003" : "seed 004");
  await next();
});

export const seedChat = new Hono<AppEnv>()
  .post(
    "/",
    whose,
    costing((c, body) => askedIn(c, said(body["message"]) ? plainly(body) : body)),
    describes(
      "seeds 003 and 004",
      "Answer `messages` that the caller brings (seed 003), or a `message` into a conversation (seed 004)",
      [
        {
          status: 200,
          description: "The answer; to `messages` as a stream, unless `stream` is false",
          schema: z.union([quickAnswerSchema, answerSchema]),
          stream: true,
        },
      ],
      [...FAILURES],
    ),
    describesBody(z.union([quickSchema, chatSchema]), ["application/json"], {
      message: "Hello",
    }),
    async (c) => {
      const body = await jsonOf(c);
      if (c.var.surface === "seed 003") return answerQuick(c, checked(quickSchema, body));
      if (c.var.surface === "seed 004") return answerMessage(c, checked(chatSchema, body));
      throw new AppError(
        "VALIDATION_ERROR",
        "body: should have either messages (a list, as seed 003 has it) or message (a text, as seed 004 has it), and not both",
        { field: "body" },
      );
    },
  )
  .post(
    "/completions",
    costs,
    describes(
      "seed 003",
      "Answer messages in a conversation; without a conversation_id it is begun with them",
      [{ status: 200, description: "The answer", schema: completionSchema, stream: true }],
      [...FAILURES],
    ),
    takes("json", completionsSchema, {
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
    }),
    (c) => answerCompletion(c, c.req.valid("json")),
  )
  .post(
    "/stream",
    costing((c, body) => askedIn(c, plainly(body))),
    describes(
      "seed 004",
      "Send a message and watch the answer being written",
      [{ status: 200, description: "Server-Sent Events", stream: true }],
      [...FAILURES],
    ),
    takes("json", chatSchema, { message: "Hello" }),
    (c) => streamMessage(c, c.req.valid("json")),
  );
