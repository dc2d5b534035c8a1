// The headers of requests and answers in the description of the API, by what is true of an operation: who
// sends a message has it said once under a key, who is turned away is told when to come back.
import { TOKEN_HEADER } from "./credentials.ts";
import { BYTES } from "./declare.ts";
import { IGNORED_HEADER } from "./openai-sending.ts";

const text = { type: "string" } as const;
const number = { type: "integer", minimum: 0 } as const;

/** Of answers. */
const HEADERS = {
  "X-Request-Id": { schema: text, description: "Names the request; the log has it, too." },
  "X-Error-Code": { schema: text, description: "The code of the failure." },
  "WWW-Authenticate": { schema: text, description: "`Bearer`." },
  "Retry-After": {
    schema: number,
    description: "Seconds until another attempt may fare better, where that is known.",
  },
  "X-RateLimit-Limit": {
    schema: number,
    description:
      "How many are allowed at once, to whoever is limited: turns, of what costs; else requests.",
  },
  "X-RateLimit-Remaining": { schema: number, description: "How many of them are left." },
  "X-RateLimit-Reset": {
    schema: number,
    description: "When all of them are there again, in seconds since 1970.",
  },
  [TOKEN_HEADER]: {
    schema: text,
    description:
      "With the first answer to a visitor: the token by which they are known from then on, where they keep no cookies.",
  },
  "X-Conversation-Id": {
    schema: text,
    description: "Where it is said, if the answer is a stream or comes later.",
  },
  "X-Turn-Id": {
    schema: text,
    description: "Which turn answers it, if the answer is a stream or comes later.",
  },
  [IGNORED_HEADER]: {
    schema: text,
    description:
      "Names of what was asked for and counts for nothing, as `user` or `messages[].audio`.",
  },
  Location: { schema: { type: "string", format: "uri-reference" }, description: "Where to go on." },
  "Preference-Applied": { schema: text, description: "`respond-async`." },
  "Content-Disposition": { schema: text, description: "What the file is called." },
} as const;
type Name = keyof typeof HEADERS;

/** They are described once, and referred to. */
export const headerComponents = { ...HEADERS };

export const IDEMPOTENCY_KEY = {
  in: "header",
  name: "Idempotency-Key",
  schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" },
  description:
    "Of this message: sent again under the same key, it is still said once, for 24 hours.",
} as const;

const LIMITED = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] as const;
const FILES: ReadonlySet<string> = new Set([
  BYTES,
  "text/csv",
  "text/markdown",
  "application/x-ndjson",
]);

/**
 * The headers of one answer.
 * @param asks somebody is asked for, and counted @param sends it sends a message @param openai it speaks OpenAI's words
 * @param types the media types in which it comes
 */
export function headersOf(
  status: number,
  {
    asks,
    sends,
    openai,
    types,
  }: { asks: boolean; sends: boolean; openai: boolean; types: readonly string[] },
): { [name: string]: { $ref: string } } {
  const names: Name[] = ["X-Request-Id"];
  if (status >= 400) names.push("X-Error-Code");
  if (status === 401) names.push("WWW-Authenticate");
  if (status === 429 || status === 503) names.push("Retry-After");
  if (asks && status !== 401) names.push(...LIMITED, TOKEN_HEADER);
  const streams = status === 200 && types.includes("text/event-stream");
  if (sends && (streams || status === 202)) names.push("X-Conversation-Id", "X-Turn-Id");
  if (sends && status === 202) names.push("Location", "Preference-Applied");
  if (openai && status === 200) names.push(IGNORED_HEADER);
  if (status === 302) names.push("Location");
  if (status === 200 && types.some((type) => FILES.has(type))) names.push("Content-Disposition");
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
