// A failure of each code as somebody might meet it. How it then looks is its surface's to say.
import type { ErrorCode, Failure } from "../errors.ts";

const EXAMPLES: { [code in ErrorCode]: Omit<Failure, "code"> } = {
  VALIDATION_ERROR: { message: "title: should not be empty", details: { field: "title" } },
  CONTENT_FILTERED: { message: "The message was refused by a content filter.", details: {} },
  CONTEXT_TOO_LONG: {
    message: "This is more than the model takes. Shorten it, or choose a model that takes more.",
    details: { limit: 128_000 },
  },
  AUTHENTICATION_ERROR: { message: "Sign in, or send a valid token.", details: {} },
  BUDGET_EXCEEDED: {
    message: "The budget of this day is spent.",
    details: { limit: 5, used: 5 },
  },
  FORBIDDEN: { message: "This takes the role admin.", details: { required_role: "admin" } },
  NOT_FOUND: { message: "There is no such thing here, or it is not yours.", details: {} },
  CONVERSATION_NOT_FOUND: {
    message: "No such conversation. List yours with GET /api/v1/conversations.",
    details: { conversation_id: "conv_01kakf9zt4000e5r8h2b7wq3xm" },
  },
  CONVERSATION_BUSY: {
    message: "A turn is running. Wait for it, cancel it, or send with on_busy: queue.",
    details: {},
  },
  CONVERSATION_CLOSED: {
    message: "This conversation takes no more messages.",
    details: { status: "completed" },
  },
  CONFLICT: { message: "It was changed meanwhile. Read it, and try again.", details: {} },
  PAYLOAD_TOO_LARGE: {
    message: "body: should have at most 1 MiB",
    details: { field: "body", limit: 1_048_576 },
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: "Content-Type: should be application/json",
    details: { field: "Content-Type" },
  },
  IDEMPOTENCY_CONFLICT: {
    message: "Idempotency-Key: was used for another message. Send this one under another key.",
    details: { field: "Idempotency-Key" },
  },
  RATE_LIMIT_EXCEEDED: {
    message: "Too many requests. Try again in 12 seconds.",
    details: { retry_after: 12 },
  },
  INTERNAL_ERROR: {
    message: "An unexpected error occurred. It has been logged; try again.",
    details: {},
  },
  LLM_PROVIDER_ERROR: {
    message: "The model's provider failed. Try again, or choose another.",
    details: { provider: "openai" },
  },
  SERVICE_UNAVAILABLE: { message: "Not available for now. Try again later.", details: {} },
  TURN_INTERRUPTED: { message: "The turn was interrupted. Ask again.", details: {} },
  LLM_TIMEOUT: {
    message: "The model did not answer in time. Try again.",
    details: { provider: "openai" },
  },
};

export const exampleOf = (code: ErrorCode): Failure => ({ code, ...EXAMPLES[code] });
