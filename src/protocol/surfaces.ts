// How an error looks on each surface of the API: Edgewise's own, and those whose clients expect what
// their seed says. One table by path: src/app.ts renders by it, the description of the API is made from it.
import { z } from "zod";
import { type ErrorCode, errorBody, type Failure, STATUS_OF } from "../errors.ts";
import { errorSchema } from "./error.ts";
import { openaiError, openaiErrorSchema, openaiHeaders, openaiStatus } from "./openai/errors.ts";

type Status = (typeof STATUS_OF)[ErrorCode];

export type Surface = {
  /** The tag of most of its routes; null for Edgewise's own. */
  tag: string | null;
  /** It is these paths, and what is below them. */
  paths: readonly string[];
  /** @param details where they make another one of it */
  statusOf: (code: ErrorCode, details?: Failure["details"]) => Status;
  schema: z.ZodType;
  body: (failure: Failure, request_id: string) => object;
  headers?: (failure: Failure) => Record<string, string>;
};

const statusOf = (code: ErrorCode) => STATUS_OF[code];
const own = { statusOf, schema: z.object({ error: errorSchema }) };

/** FastAPI's clients read `detail`; Edgewise's own error stands beside it. */
const withDetail = (missing?: string) => ({
  statusOf,
  schema: own.schema.extend({ detail: z.string() }),
  body: (failure: Failure, request_id: string) => ({
    error: errorBody(failure, request_id),
    detail:
      failure.code === "CONVERSATION_NOT_FOUND" ? (missing ?? failure.message) : failure.message,
  }),
});

/** Seed 004's names, where they are other ones (its section on errors). */
const SEED004_CODES: { [code in ErrorCode]?: string } = {
  VALIDATION_ERROR: "INVALID_INPUT",
  CONTEXT_TOO_LONG: "INVALID_INPUT",
  CONVERSATION_NOT_FOUND: "NOT_FOUND",
  CONVERSATION_BUSY: "CONFLICT",
  CONVERSATION_CLOSED: "CONFLICT",
  RATE_LIMIT_EXCEEDED: "RATE_LIMIT",
  LLM_PROVIDER_ERROR: "SERVICE_UNAVAILABLE",
  TURN_INTERRUPTED: "SERVICE_UNAVAILABLE",
  LLM_TIMEOUT: "TIMEOUT",
};
export const seed004Code = (code: ErrorCode): string => SEED004_CODES[code] ?? code;

const seed004 = {
  // A model that failed and one that cannot be reached are the same to its clients.
  statusOf: (code: ErrorCode): Status =>
    code === "LLM_PROVIDER_ERROR" ? STATUS_OF.SERVICE_UNAVAILABLE : STATUS_OF[code],
  schema: z.object({ error: z.string(), code: z.string() }),
  body: (failure: Failure) => ({
    error: failure.code === "CONVERSATION_NOT_FOUND" ? "Conversation not found" : failure.message,
    code: seed004Code(failure.code),
  }),
};

const SURFACES: readonly Surface[] = [
  { tag: "auth", paths: ["/api/v1/auth"], ...withDetail() },
  {
    tag: "seed 001",
    paths: ["/api/v1/chat/sessions"],
    ...withDetail("Session not found"),
    // Whatever went wrong on the way to an answer is a 500 to its clients.
    statusOf: (code) => (STATUS_OF[code] > 500 ? 500 : STATUS_OF[code]),
  },
  { tag: "seed 002", paths: ["/chat", "/generate"], ...withDetail() },
  {
    tag: "seed 003",
    paths: ["/api/conversations", "/api/chat/completions"],
    ...withDetail("Conversation not found"),
  },
  {
    tag: "seed 004",
    paths: ["/api/history", "/api/models", "/api/chat/stream", "/api/health"],
    ...seed004,
  },
  {
    // Whose client it is, the body tells, and its route says so; until then, what both can read.
    tag: "seeds 003 and 004",
    paths: ["/api/chat"],
    ...seed004,
    schema: z.union([own.schema.extend({ detail: z.string() }), seed004.schema]),
    body: (failure) => ({ ...seed004.body(failure), detail: failure.message }),
  },
  {
    tag: "openai",
    paths: ["/v1"],
    statusOf: openaiStatus,
    schema: openaiErrorSchema,
    body: (failure) => ({ error: openaiError(failure) }),
    headers: openaiHeaders,
  },
];

const OWN: Surface = {
  tag: null,
  paths: [],
  ...own,
  body: (failure, request_id) => ({ error: errorBody(failure, request_id) }),
};

/** @param tag of the surface, where the path alone does not tell */
export function surfaceOf(path: string, tag?: string): Surface {
  if (tag !== undefined) return SURFACES.find((surface) => surface.tag === tag) ?? OWN;
  const holds = (root: string) => path === root || path.startsWith(`${root}/`);
  return SURFACES.find(({ paths }) => paths.some(holds)) ?? OWN;
}
