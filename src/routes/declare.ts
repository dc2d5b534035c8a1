// One way of declaring a route: what it takes (validated), what it answers and how it fails are
// said once, and both the validation and /api/v1/openapi.json come from that.
import type { ValidationTargets } from "hono";
import { describeRoute, type DescribeRouteOptions, resolver, validator } from "hono-openapi";
import { z } from "zod";
import { AppError, type ErrorCode } from "../errors.ts";
import { describeIssues } from "../protocol/issues.ts";
import { surfaceTagged } from "../protocol/surfaces.ts";
import type { AppContext } from "./context.ts";
import { isConversationId, parseOwnedId } from "../ids.ts";

type Answer = {
  status: 200 | 201 | 202 | 204 | 302 | 101 | 503;
  description: string;
  schema?: z.ZodType;
  stream?: boolean;
};

/** @param errors the codes a caller has to reckon with, beyond validation and authentication */
export function describes(
  tag: string,
  summary: string,
  answers: Answer[],
  errors: ErrorCode[] = [],
) {
  const surface = surfaceTagged(tag);
  const body = resolver(surface.schema);
  const limited: ErrorCode[] = errors.includes("AUTHENTICATION_ERROR")
    ? ["RATE_LIMIT_EXCEEDED"]
    : [];
  const responses: NonNullable<DescribeRouteOptions["responses"]> = {};
  for (const { status, description, schema, stream } of answers)
    responses[status] = {
      description,
      ...(schema === undefined && stream !== true
        ? {}
        : {
            content: {
              ...(schema === undefined ? {} : { "application/json": { schema: resolver(schema) } }),
              ...(stream === true ? { "text/event-stream": { schema: { type: "string" } } } : {}),
            },
          }),
    };
  for (const [status, codes] of Map.groupBy(new Set([...errors, ...limited]), (code) =>
    surface.statusOf(code),
  ))
    responses[status] = {
      description: codes.join(", "),
      content: { "application/json": { schema: body } },
    };
  return describeRoute({ tags: [tag], summary, responses });
}

/** Describes a body that its route reads by itself, because it may come in more than one form. */
export function describesBody(schema: z.ZodType, types: readonly string[]) {
  return describeRoute({
    requestBody: {
      required: true,
      content: Object.fromEntries(types.map((type) => [type, { schema: resolver(schema) }])),
    },
  });
}

/** Validates one part of a request. @throws VALIDATION_ERROR naming the field */
export function takes<S extends z.ZodType, T extends keyof ValidationTargets>(
  target: T,
  schema: S,
) {
  return validator(target, schema, (result) => {
    if (result.success) return;
    const { code, message, details } = describeIssues(result.error);
    throw new AppError(code, message, details);
  });
}

/** The same of a body that its route reads by itself. @throws VALIDATION_ERROR naming the field */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { code, message, details } = describeIssues(read.error.issues);
  throw new AppError(code, message, details);
}

/** A body that its route reads by itself. @throws VALIDATION_ERROR */
export async function jsonOf(c: AppContext): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    throw new AppError("VALIDATION_ERROR", "body: is not valid JSON", { field: "body" });
  }
}

/** A conversation's id in a path. One that Edgewise cannot have made is not looked for. */
export const conversationParam = z.object({ id: z.string() });

/** @throws CONVERSATION_NOT_FOUND */
export function knownConversation(id: string): string {
  if (isConversationId(id)) return id;
  throw new AppError(
    "CONVERSATION_NOT_FOUND",
    "No such conversation. List yours with GET /api/v1/conversations.",
    {
      conversation_id: id,
    },
  );
}

/** The number of a message of this conversation. @throws NOT_FOUND */
export function knownMessage(conversation: string, message_id: string): number {
  const parsed = parseOwnedId("msg", message_id);
  if (parsed?.conversation === conversation) return parsed.n;
  throw new AppError("NOT_FOUND", "No such message in this conversation.", { message_id });
}

/** The number of a turn of this conversation. @throws NOT_FOUND */
export function knownTurn(conversation: string, turn_id: string): number {
  const parsed = parseOwnedId("turn", turn_id);
  if (parsed?.conversation === conversation) return parsed.n;
  throw new AppError("NOT_FOUND", "No such turn in this conversation.", { turn_id });
}
