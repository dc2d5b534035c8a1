// /chat/ and /generate/, as seed 002's clients ask for them: messages that they bring, and nothing is
// stored. And `GET /`: how the service is, or the page, by who asks.
import { Hono } from "hono";
import type { z } from "zod";
import { type ErrorCode, unwrap } from "../errors.ts";
import type { Message } from "../protocol/message.ts";
import {
  askSchema,
  chatAnswer,
  chatAnswerSchema,
  generated,
  generatedSchema,
  statusSchema,
} from "../protocol/seed002.ts";
import { ignoredIn, wholeAnswer } from "../protocol/seed-chat.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { costs } from "./principal.ts";
import { answerStateless, statelessInput, streamStateless, wantsStream } from "./sending.ts";

type Ask = z.infer<typeof askSchema>;

const FAILURES = [
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "BUDGET_EXCEEDED",
  "FORBIDDEN",
  "RATE_LIMIT_EXCEEDED",
  "LLM_PROVIDER_ERROR",
  "SERVICE_UNAVAILABLE",
  "LLM_TIMEOUT",
] as const satisfies ErrorCode[];
const STREAM = [{ status: 200, description: "Server-Sent Events", stream: true }] as const;

const EXAMPLE = { messages: [{ role: "user" as const, content: "Hello" }], temperature: 0.7 };

export const seed002 = new Hono<AppEnv>()
  .get(
    "/",
    describes("seed 002", "That the service runs; to a browser, the page", [
      { status: 200, description: "It runs", schema: statusSchema },
    ]),
    async (c) => {
      if (isBrowser(c)) return varied(await c.var.services.page(c.req.raw));
      c.header("Vary", "Accept");
      const { version } = c.var.services;
      return c.json({ service: "edgewise", status: "running", version } satisfies z.infer<
        typeof statusSchema
      >);
    },
  )
  .post(
    "/chat",
    costs,
    describes(
      "seed 002",
      "Answer messages that the caller brings",
      [{ status: 200, description: "The answer", schema: chatAnswerSchema, stream: true }],
      [...FAILURES],
    ),
    takes("json", askSchema, EXAMPLE),
    (c) => answered(c, c.req.valid("json"), chatAnswer),
  )
  .post(
    "/chat/stream",
    costs,
    describes("seed 002", "The same as it is written", [...STREAM], [...FAILURES]),
    takes("json", askSchema, EXAMPLE),
    (c) => streamed(c, c.req.valid("json")),
  )
  .post(
    "/generate",
    costs,
    describes(
      "seed 002",
      "The same for its other service",
      [{ status: 200, description: "The answer", schema: generatedSchema, stream: true }],
      [...FAILURES],
    ),
    takes("json", askSchema, EXAMPLE),
    (c) => answered(c, c.req.valid("json"), generated),
  )
  .post(
    "/generate/stream",
    costs,
    describes("seed 002", "The same as it is written", [...STREAM], [...FAILURES]),
    takes("json", askSchema, EXAMPLE),
    (c) => streamed(c, c.req.valid("json")),
  );

async function answered(
  c: AppContext,
  body: Ask,
  view: (message: Message) => object,
): Promise<Response> {
  if (wantsStream(c, body)) return streamed(c, body);
  const input = await statelessInput(c, body, ignoredIn);
  const { signal } = c.req.raw;
  const closing = await answerStateless(c, c.var.charge.take(), input, () => undefined, signal);
  return c.json(view(unwrap(wholeAnswer(closing))));
}

async function streamed(c: AppContext, body: Ask): Promise<Response> {
  return streamStateless(c, await statelessInput(c, body, ignoredIn), "seed002");
}

/** Whoever goes there in a browser names HTML; a program takes anything, or names JSON. */
function isBrowser(c: AppContext): boolean {
  const navigates = c.req.header("Sec-Fetch-Mode") === "navigate";
  return navigates || (c.req.header("Accept")?.includes("text/html") ?? false);
}

/** Kept by nobody for the other answer of the same address. */
function varied(page: Response): Response {
  const headers = new Headers(page.headers);
  headers.append("Vary", "Accept");
  const { status, body } = page;
  return new Response(body, { status, headers });
}
