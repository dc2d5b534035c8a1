// The description of the API, OpenAPI 3.1. hono-openapi reads from the routes what each says of itself; what is true of
// every route is put in here, once: how it can fail, in the form of its surface, and whether it asks who is there.
import type { Hono } from "hono";
import { generateSpecs, resolver } from "hono-openapi";
import { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import { errorSchema } from "../protocol/error.ts";
import { type Surface, surfaceOf } from "../protocol/surfaces.ts";
import type { AppEnv } from "./context.ts";
import { ERRORS, READS, SECURITY } from "./declare.ts";
import { exampleOf } from "./description-errors.ts";
import { headerComponents, headersOf, IDEMPOTENCY_KEY } from "./description-headers.ts";
import { TAGS } from "./description-tags.ts";
import { isDoor } from "./principal.ts";
import { isRequirement } from "./requires.ts";
import { ACCESS_COOKIE } from "./signing-in.ts";

type Document = Awaited<ReturnType<typeof generateSpecs>>;
type Operation = NonNullable<Document["paths"][string]["get"]>;
type Components = Document["components"];
type Route = { method: string; path: string };
/** What stands before an operation: who asks who is there, and who turns some of those away. */
type Before = {
  asks: boolean;
  /** For a scope that they lack; or because another site's page acts with a cookie, which reading does not mind. */
  refuses: boolean;
};

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const errorsSchema = z.object({ [ERRORS]: z.array(errorSchema.shape.code).default([]) });
const errorsOf = (operation: Operation) => errorsSchema.parse(operation)[ERRORS];
const readsSchema = z.object({
  [READS]: z
    .array(
      z.object({
        in: z.enum(["header", "query"]),
        name: z.string(),
        description: z.string(),
        schema: z.object({ type: z.literal("string") }).default({ type: "string" }),
      }),
    )
    .default([]),
});

/** The whole, made from the routes that `app` has. */
export async function describeApi(app: Hono<AppEnv>, version: string): Promise<Document> {
  const document = await generateSpecs(app, {
    excludeStaticFile: false, // or /.well-known/jwks.json would count as one
    defaultValidationErrorResponse: false, // it is not what Edgewise answers
    documentation: {
      openapi: "3.1.0",
      info: {
        title: "Edgewise",
        version,
        description:
          "A chat backend at the edge. JSON is snake_case; times are ISO 8601 UTC. Errors carry a code, what is wrong and what to do, and the id of the request.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      tags: TAGS.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            description: "An access token, an API key (`ew_…`), a visitor's token (`ewv_…`)",
          },
          password: {
            type: "oauth2",
            flows: { password: { tokenUrl: "/api/v1/auth/login", scopes: {} } },
          },
          cookie: { type: "apiKey", in: "cookie", name: ACCESS_COOKIE },
        },
        examples: {},
        headers: headerComponents,
      },
      security: SECURITY,
    },
  });
  const guarded = behind(app.routes, isDoor);
  const restricted = behind(app.routes, isRequirement);
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const name = nameOf({ method, path });
      const asks = guarded.has(name);
      if (!asks) operation.security ??= []; // what asks by itself has said so
      const counted = operation.security?.length !== 0;
      const refuses = restricted.has(name) || (counted && method !== "get");
      const sends = errorsOf(operation).includes("IDEMPOTENCY_CONFLICT");
      await describeFailures(document.components, path, operation, { asks, refuses });
      describeHeaders(operation, { asks, sends });
      showExample(document.components, operation);
    }
  for (const schema of Object.values(document.components.schemas ?? {})) delete schema.example;
  return document;
}

/** The routes before which one of those stands. Order counts, as it does when they are matched. */
function behind(
  routes: readonly (Route & { handler: object })[],
  isOne: (handler: object) => boolean,
): Set<string> {
  const those: Route[] = [];
  const found = new Set<string>();
  for (const route of routes) {
    if (isOne(route.handler)) those.push(route);
    if (those.some((one) => standsBefore(one, route))) found.add(nameOf(route));
  }
  return found;
}

function standsBefore(one: Route, { method, path }: Route): boolean {
  if (one.method !== "ALL") return one.method === method && one.path === path;
  const below = one.path.replace(/\*$/, "");
  return below === one.path ? path === one.path : `${path}/`.startsWith(below);
}

/** One name for a route, as Hono writes it or as OpenAPI does. */
function nameOf({ method, path }: Route): string {
  return `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}").replace(/(.)\/$/, "$1")}`;
}

/** Lists how an operation fails, with what it then answers; a status that it answers otherwise stays. */
async function describeFailures(
  components: Components,
  path: string,
  operation: Operation,
  before: Before,
): Promise<void> {
  const surface = surfaceOf(path);
  const codes = failuresOf(operation, before);
  Reflect.deleteProperty(operation, ERRORS);
  operation.responses ??= {};
  for (const [status, those] of Map.groupBy(codes, (code) => surface.statusOf(code)))
    operation.responses[status] ??= {
      description: those.join(", "),
      content: {
        "application/json": {
          schema: await keptSchema(components, surface),
          examples: Object.fromEntries(
            those.map((code) => [code, keptExample(components, surface, code)]),
          ),
        },
      },
    };
}

/** What it said itself, and what the middleware before it says. */
function failuresOf(operation: Operation, { asks, refuses }: Before): Set<ErrorCode> {
  const codes = new Set<ErrorCode>(errorsOf(operation));
  if (canBeInvalid(operation)) codes.add("VALIDATION_ERROR");
  if (operation.requestBody !== undefined)
    codes.add("PAYLOAD_TOO_LARGE").add("UNSUPPORTED_MEDIA_TYPE");
  if (asks) codes.add("AUTHENTICATION_ERROR");
  if (refuses) codes.add("FORBIDDEN");
  return codes.add("RATE_LIMIT_EXCEEDED").add("INTERNAL_ERROR");
}

/** Puts in what is read of a request beside what is validated, and the headers of every answer. */
function describeHeaders(operation: Operation, { asks, sends }: { asks: boolean; sends: boolean }) {
  const read = readsSchema.parse(operation)[READS];
  Reflect.deleteProperty(operation, READS);
  const parameters = [...(sends ? [IDEMPOTENCY_KEY] : []), ...read];
  if (parameters.length > 0)
    operation.parameters = [...(operation.parameters ?? []), ...parameters];
  const [tag] = operation.tags ?? [];
  const openai = operation.requestBody !== undefined && tag === "openai";
  const one = sends && tag !== "requests"; // a batch has many
  for (const [status, response] of Object.entries(operation.responses ?? {}))
    if (!("$ref" in response)) {
      const types = Object.keys(response.content ?? {});
      response.headers = headersOf(Number(status), { asks, sends: one, openai, types });
    }
}

/** Whether there is anything to get wrong: any text will do for an id in a path, and is then not found. */
function canBeInvalid({ parameters = [], requestBody }: Operation): boolean {
  const bounded = (schema: object = {}) => Object.keys(schema).some((key) => key !== "type");
  return (
    requestBody !== undefined ||
    parameters.some((one) => "$ref" in one || one.in !== "path" || bounded(one.schema))
  );
}

/** Keeps what a failure looks like on a surface, and says where. */
async function keptSchema(components: Components, surface: Surface) {
  const name = `Failure${suffixOf(surface)}`;
  const made = await resolver(surface.schema).toOpenAPISchema();
  const { schemas } = components;
  components.schemas = { ...schemas, ...made.components?.schemas, [name]: made.schema };
  return { $ref: `#/components/schemas/${name}` };
}

/** The same for an example of it, as the surface itself shows it. */
function keptExample(components: Components, surface: Surface, code: ErrorCode) {
  const name = code + suffixOf(surface);
  const value = surface.body(exampleOf(code), "req_01kakfb2x8000q7m5nvw3c9d6e");
  components.examples = { ...components.examples, [name]: { value } };
  return { $ref: `#/components/examples/${name}` };
}

/** Nothing for Edgewise's own, which stands on no path. */
function suffixOf({ tag, paths: [path] }: Surface): string {
  const name = tag ?? path;
  return name === undefined ? "" : `.${name.replaceAll(/\W+/g, "-")}`;
}

/** An example that a body's schema carries (`.meta({ example })`) is shown where readers look for it. */
function showExample({ schemas }: Components, { requestBody }: Operation): void {
  if (requestBody === undefined || "$ref" in requestBody) return;
  for (const media of Object.values(requestBody.content)) {
    const { schema = {} } = media;
    const said = "$ref" in schema ? schemas?.[schema.$ref.split("/").at(-1) ?? ""] : schema;
    if (said?.example === undefined) continue;
    media.example = said.example;
    if (said === schema) delete said.example; // a component may be another's body, too
  }
}
