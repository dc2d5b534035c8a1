// One way of declaring a route: what it takes (validated), what it answers and how it fails are
// said once, and both the validation and /api/v1/openapi.json come from that.
import type { ValidationTargets } from "hono";
import { describeRoute, type DescribeRouteOptions, resolver, validator } from "hono-openapi";
import { z } from "zod";
import { AppError, type ErrorCode } from "../errors.ts";
import { describeIssues } from "../protocol/issues.ts";
import type { AppContext } from "./context.ts";
import { isConversationId, parseOwnedId } from "../ids.ts";

type Answer = {
  status: 200 | 201 | 202 | 204 | 302 | 101 | 503;
  description: string;
  schema?: z.ZodType;
  stream?: boolean;
  /** Media types in which it also comes, or comes alone: as text, or as bytes. */
  files?: readonly string[];
};

/** Under this name an operation carries its codes until its failures are described. */
export const ERRORS = "x-errors";

/** Under this name an operation carries parameters that its route reads by itself, until they are described. */
export const READS = "x-reads";
type Read = { in: "header" | "query"; name: string; description: string };

/** Describes parameters that are read where they are needed, and not validated before. */
export function reads(...parameters: Read[]) {
  const operation = { responses: {}, [READS]: parameters };
  return describeRoute(operation);
}

/** The ways of saying who one is. `{}`: where visitors are welcome. */
export const SECURITY = [{}, { bearer: [] }, { password: [] }, { cookie: [] }];

export const BYTES = "application/octet-stream";
const TEXT = { schema: { type: "string" } } as const;

/**
 * @param errors the codes a caller has to reckon with, beyond those of what stands before every route
 * (src/routes/description.ts, where they get a status and a form)
 */
export function describes(
  tag: string,
  summary: string,
  answers: Answer[],
  errors: ErrorCode[] = [],
) {
  const responses: NonNullable<DescribeRouteOptions["responses"]> = {};
  for (const { status, description, schema, stream, files = [] } of answers) {
    const content = {
      ...(schema === undefined ? {} : { "application/json": { schema: resolver(schema) } }),
      ...(stream === true ? { "text/event-stream": TEXT } : {}),
      ...Object.fromEntries(files.map((type) => [type, type === BYTES ? {} : TEXT])),
    };
    responses[status] = {
      description,
      ...(Object.keys(content).length === 0 ? {} : { content }),
    };
  }
  const operation = { tags: [tag], summary, responses, [ERRORS]: errors };
  return describeRoute(operation);
}

/** For a route that asks by itself who is there, with no door before it. */
export const asksItself = describeRoute({ security: SECURITY });

/** Behind a route's `takes("json", …)`: it need not be sent. */
export const maySendNothing = describeRoute({ requestBody: { required: false, content: {} } });

/** Describes a body that its route reads by itself, because it may come in more than one form. */
export function describesBody<S extends z.ZodType>(
  schema: S,
  types: readonly string[],
  example?: z.input<S>,
) {
  const described = resolver(withExample(schema, example));
  return describeRoute({
    requestBody: {
      required: true,
      content: Object.fromEntries(types.map((type) => [type, { schema: described }])),
    },
  });
}

/**
 * Validates one part of a request.
 * @param example what people will copy; a JSON body has one
 * @throws VALIDATION_ERROR naming the field
 */
export function takes<S extends z.ZodType, T extends keyof ValidationTargets>(
  target: T,
  schema: S,
  example?: z.input<S>,
) {
  return validator(target, withExample(schema, example), (result) => {
    if (result.success) return;
    const { code, message, details } = describeIssues(result.error, result.data);
    throw new AppError(code, message, details);
  });
}

/** The same of a body that its route reads by itself. @throws VALIDATION_ERROR naming the field */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { code, message, details } = describeIssues(read.error.issues, value);
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

function withExample<S extends z.ZodType>(schema: S, example: z.input<S> | undefined): S {
  return example === undefined ? schema : schema.meta({ example });
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
