// What the transport of `useChat` posts: the chat's id, all messages that it has, and why. Of the messages
// the last is what is said; of the others see ui-known.ts.
import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { metadataSchema, wellFormed } from "./bounds.ts";
import {
  imageSchema,
  messageTextOf,
  type SendBody,
  sendSchema,
  toolResultSchema,
  unknownFields,
} from "./send.ts";

/** The client's own, or a conversation's. */
export const chatIdSchema = wellFormed(
  z
    .string("should be text")
    .min(1, "should not be empty")
    .max(255, "should have at most 255 characters"),
);

const anyPart = z.looseObject({ type: z.string("should be text") });
export const messageSchema = z.looseObject({
  role: z.enum(["user", "assistant", "system"], "should be user, assistant or system"),
  parts: z.array(anyPart, "should be a list of parts"),
});
type UiMessage = z.infer<typeof messageSchema>;

/** Beside what the transport says, whatever its `body` option does: how the model is asked. */
const settings = sendSchema.omit({
  message: true,
  parts: true,
  parent_id: true,
  expected_leaf_id: true,
  metadata: true,
});
const bodySchema = settings.extend({
  id: chatIdSchema.describe("The chat's: `useChat` makes one, or is given one."),
  messages: z
    .array(z.unknown(), "should be a list of messages")
    .min(1, "should have at least one message")
    .describe("As `useChat` has them.")
    .optional(),
  message: z
    .unknown()
    .describe("Or the last of them alone, as `prepareSendMessagesRequest` is often told to.")
    .optional(),
  trigger: z
    .enum(
      ["submit-message", "regenerate-message"],
      "should be submit-message or regenerate-message",
    )
    .default("submit-message"),
  messageId: z.string().max(255).nullish().describe("Which message is edited, or answered again."),
});
export const uiBodySchema = bodySchema.refine(
  ({ messages, message }) => (messages === undefined) !== (message === undefined),
  { error: "is required: send all messages, or the last one as message", path: ["messages"] },
);
export type UiBody = z.infer<typeof uiBodySchema>;

/** The names of fields that nobody knows. */
export const ignoredIn = (body: object): string[] => unknownFields(body, bodySchema.shape);

/** How the model is asked, which the transport does not say by itself. */
export function settingsIn(body: UiBody) {
  const { id: _id, messages: _all, message: _last, ...rest } = body;
  const { trigger: _why, messageId: _which, ...asked } = rest;
  return asked;
}

const textPart = z.object({ type: z.literal("text"), text: messageTextOf(100_000) });
/** A file is taken where it is a picture. */
const filePart = z
  .object({
    type: z.literal("file"),
    mediaType: z
      .string()
      .regex(/^image\//, "should be a picture's; bring documents with POST /api/v1/documents"),
    url: imageSchema.shape.url,
  })
  .transform(({ url }) => ({ type: "image" as const, url }));
export const saidPart = z.discriminatedUnion("type", [textPart, filePart]);

const returnedPart = z.discriminatedUnion("state", [
  z.object({
    toolCallId: z.string(),
    state: z.literal("output-available"),
    output: z.unknown().optional(), // JSON has no word for that of a tool that returns nothing
  }),
  z.object({ toolCallId: z.string(), state: z.literal("output-error"), errorText: z.string() }),
]);

/** What the last message says. */
export type Said = Pick<SendBody, "parts" | "metadata"> & {
  /** Whether it is what tools returned. */
  returned: boolean;
};

/** What does not fit is named as the client has it. */
export function saidIn({ messages, message }: UiBody): Result<Said> {
  const field = messages === undefined ? "message" : `messages.${messages.length - 1}`;
  const last = messageSchema.safeParse(messages === undefined ? message : messages.at(-1));
  if (!last.success) return misfit(field, last.error);
  const { role, parts } = last.data;
  if (role === "system")
    return refused(`${field}.role`, "should be user; instructions are a system_prompt");
  if (role === "assistant") return returnedIn(last.data, field);
  const read: z.infer<typeof saidPart>[] = [];
  for (const [at, part] of parts.entries()) {
    const says = part.type === "file" || (part.type === "text" && part["text"] !== "");
    if (!says) continue;
    const parsed = saidPart.safeParse(part);
    if (!parsed.success) return misfit(`${field}.parts.${at}`, parsed.error);
    read.push(parsed.data);
  }
  if (read.length === 0) return refused(`${field}.parts`, "should have a text or a picture");
  const bounded = sendSchema.shape.parts.safeParse(read);
  if (!bounded.success) return misfit(`${field}.parts`, bounded.error);
  const metadata = metadataSchema.optional().safeParse(last.data["metadata"] ?? undefined);
  if (!metadata.success) return misfit(`${field}.metadata`, metadata.error);
  return ok({ parts: bounded.data, metadata: metadata.data, returned: false });
}

/** What the tools of an answer returned that the client ran: those of its last step. */
function returnedIn({ parts }: UiMessage, field: string): Result<Said> {
  const step = parts.slice(parts.findLastIndex(({ type }) => type === "step-start") + 1);
  const results = step
    .filter(({ type }) => type.startsWith("tool-") || type === "dynamic-tool")
    .flatMap((part) => {
      const { data } = returnedPart.safeParse(part);
      if (data === undefined) return [];
      return [{ type: "tool_result" as const, tool_call_id: data.toolCallId, ...contentOf(data) }];
    });
  if (results.length === 0)
    return refused(`${field}.role`, "should be user, or an answer whose tools have returned");
  const bounded = z.array(toolResultSchema).safeParse(results);
  if (!bounded.success) return misfit(`${field}.parts`, bounded.error);
  return ok({ parts: bounded.data, returned: true });
}

function contentOf(part: z.infer<typeof returnedPart>) {
  if (part.state === "output-error")
    return { content: FAILED + part.errorText, returned: "error" as const };
  const returned = typeof part.output === "string" ? ("text" as const) : ("json" as const);
  return { content: textOf(part.output), returned };
}

/** By which a model knows that a tool failed. */
export const FAILED = "Error: ";

const textOf = (output: unknown) =>
  typeof output === "string" ? output : (JSON.stringify(output) ?? "");

function misfit(field: string, { issues }: z.ZodError) {
  const [issue] = issues;
  return refused([field, ...(issue?.path ?? [])].join("."), issue?.message ?? "is not valid");
}

const refused = (field: string, problem: string) =>
  fail("VALIDATION_ERROR", `${field}: ${problem}`, { field });

/** By what a turn is reserved, of a body that is not validated yet: what is new of it. */
export function plainly(body: Record<string, unknown>): Record<string, unknown> {
  const { messages, message, id, ...rest } = body;
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : message;
  const { parts = [] } = messageSchema.partial().safeParse(last).data ?? {};
  const said = parts.map(({ type, text, output }) => {
    if (type === "file") return { type: "image" };
    return output === undefined ? { text } : { text: textOf(output) };
  });
  return { ...rest, parts: said, conversation_id: id };
}
