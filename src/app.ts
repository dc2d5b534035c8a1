// The Hono app: middleware in order, then the table of routes.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { isAmong } from "./config.ts";
import { AppError, failureOf } from "./errors.ts";
import { newId } from "./ids.ts";
import { surfaceOf } from "./protocol/surfaces.ts";
import { addressOf } from "./routes/address.ts";
import { admin, seedAdmin } from "./routes/admin.ts";
import { credentials } from "./routes/api-keys.ts";
import { auth } from "./routes/auth.ts";
import { cache } from "./routes/admin-cache.ts";
import { chat } from "./routes/chat.ts";
import { chatUi } from "./routes/chat-ui.ts";
import type { AppContext, AppEnv, Services } from "./routes/context.ts";
import { collections } from "./routes/collections.ts";
import { conversations } from "./routes/conversations.ts";
import { describeApi } from "./routes/description.ts";
import { documents } from "./routes/documents.ts";
import { exporting } from "./routes/export.ts";
import { forking } from "./routes/fork.ts";
import { healthRoutes, seed004Health } from "./routes/health.ts";
import { IMPORT_PATH, importing } from "./routes/import.ts";
import { openaiChat } from "./routes/openai-chat.ts";
import { openaiEmbeddings } from "./routes/openai-embeddings.ts";
import { openaiModels } from "./routes/openai-models.ts";
import { openaiResponses } from "./routes/openai-responses.ts";
import { CLIENT_HEADERS, IGNORED_HEADER } from "./routes/openai-sending.ts";
import { TOKEN_HEADER, tooManyFromHere } from "./routes/credentials.ts";
import { memories } from "./routes/memories.ts";
import { messages } from "./routes/messages.ts";
import { membership } from "./routes/membership.ts";
import { oidc } from "./routes/oidc.ts";
import { models, seed004Models } from "./routes/models.ts";
import { organisations } from "./routes/organisations.ts";
import { prompts } from "./routes/prompts.ts";
import { search } from "./routes/search.ts";
import { requests } from "./routes/requests.ts";
import { webhookDeliveries } from "./routes/webhook-deliveries.ts";
import { webhooks } from "./routes/webhooks.ts";
import { recovery } from "./routes/recovery.ts";
import { seed001Sessions } from "./routes/seed001-sessions.ts";
import { seed002 } from "./routes/seed002.ts";
import { seedChat } from "./routes/seed-chat.ts";
import { seed003Conversations } from "./routes/seed003-conversations.ts";
import { seed004History } from "./routes/seed004-history.ts";
import { sessions } from "./routes/sessions.ts";
import { rag } from "./routes/rag.ts";
import { retention } from "./routes/retention.ts";
import { usage } from "./routes/usage.ts";
import { wellKnown } from "./routes/well-known.ts";
import { wsChat } from "./routes/ws-chat.ts";
import { thrownFields } from "./telemetry/log.ts";

/** A body may have this many bytes: the longest message in the widest encoding, with room. */
const LARGEST_BODY = 1024 * 1024;

/** Clients of these send all messages that they have, each time, with their pictures. */
const LARGEST_CHAT = 8 * LARGEST_BODY;
const CHAT_UI = "/api/v1/chat/ui";
const CHATS: ReadonlySet<string> = new Set([CHAT_UI, "/v1/chat/completions", "/v1/responses"]);

const AUTH = "/api/v1/auth/";
/** OAuth2's password form is the one body that is no JSON. */
const LOGIN = `${AUTH}login`;

/** On every answer. The page's own are in web/public/_headers. */
const SECURITY_HEADERS = {
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "Content-Security-Policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Cross-Origin-Resource-Policy": "cross-origin",
} as const;

export function makeApp(services: Services) {
  const { config } = services;
  const app = new Hono<AppEnv>({ strict: false }); // a slash at the end is no other path

  app.use(async function context(c, next) {
    const began = services.now();
    c.set("services", services);
    c.set("request_id", newId("req", began));
    c.header("X-Request-Id", c.var.request_id);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    await next();
    services.log.debug("request", {
      request_id: c.var.request_id,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      milliseconds: services.now() - began,
    });
  });
  const crossOrigin = cors({
    origin: config.CORS_ORIGINS.includes("*")
      ? "*"
      : (origin) => (isAmong(config.CORS_ORIGINS, origin) ? origin : null),
    credentials: !config.CORS_ORIGINS.includes("*"),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "Last-Event-ID",
      "Prefer",
      ...CLIENT_HEADERS,
    ],
    exposeHeaders: [
      "X-Request-Id",
      "X-Error-Code",
      "X-Conversation-Id",
      "X-Turn-Id",
      "X-RateLimit-Limit",
      "X-RateLimit-Remaining",
      "X-RateLimit-Reset",
      "Retry-After",
      "Location",
      "Preference-Applied",
      TOKEN_HEADER,
      IGNORED_HEADER,
    ],
    maxAge: 86_400,
  });
  // Without an Origin there is nobody to answer, and a response less to copy.
  app.use(function fromOtherOrigins(c, next) {
    return c.req.header("Origin") === undefined ? next() : crossOrigin(c, next);
  });
  app.use(async function shielded(c, next) {
    if (!(await services.shield("request", addressOf(c)))) throw tooManyFromHere();
    await next();
  });
  const limited = bodyLimit({
    maxSize: LARGEST_BODY,
    onError: () => {
      throw new AppError("PAYLOAD_TOO_LARGE", "body: should have at most 1 MiB", {
        field: "body",
        limit: LARGEST_BODY,
      });
    },
  });
  // An import is read as it comes, and has a limit of its own.
  const ofDocuments = bodyLimit({
    // With what a form has around its file, and JSON escapes in a text.
    maxSize: 2 * config.DOCUMENT_MAX_MB * 1024 * 1024 + LARGEST_BODY,
    onError: () => {
      throw new AppError(
        "PAYLOAD_TOO_LARGE",
        `file: should have at most ${config.DOCUMENT_MAX_MB} MiB. Split it and send the parts.`,
        { field: "file", limit: config.DOCUMENT_MAX_MB * 1024 * 1024 },
      );
    },
  });
  const ofChats = bodyLimit({
    maxSize: LARGEST_CHAT,
    onError: (c) => {
      throw new AppError(
        "PAYLOAD_TOO_LARGE",
        `messages: should have at most 8 MiB together.${c.req.path === CHAT_UI ? " The last one, as message, is enough: see prepareSendMessagesRequest." : ""}`,
        { field: "messages", limit: LARGEST_CHAT },
      );
    },
  });
  app.use(function ofBoundedSize(c, next) {
    if (c.req.path === IMPORT_PATH) return next();
    if (CHATS.has(c.req.path)) return ofChats(c, next);
    return isUpload(c) ? ofDocuments(c, next) : limited(c, next);
  });
  app.use(async function jsonBodies(c, next) {
    const type = c.req.header("Content-Type");
    // An empty body is a body to workerd: it has no type to get wrong.
    const empty = type === undefined && c.req.header("Content-Length") === "0";
    const writes = c.req.raw.body !== null && c.req.method !== "GET" && !empty;
    const form = c.req.path === LOGIN && /^application\/x-www-form-urlencoded\b/i.test(type ?? "");
    const file = isUpload(c) && /^multipart\/form-data\b/i.test(type ?? "");
    if (writes && !form && !file && !/^application\/([\w.+-]+\+)?json\b/i.test(type ?? ""))
      throw new AppError("UNSUPPORTED_MEDIA_TYPE", "Content-Type: should be application/json", {
        field: "Content-Type",
      });
    await next();
  });

  app.use(`${AUTH}*`, async function keptByNobody(c, next) {
    c.header("Cache-Control", "no-store"); // tokens (RFC 6749 §5.1), and who is who
    await next();
  });

  app.route("/", healthRoutes);
  app.route("/api/v1", healthRoutes);
  app.route("/.well-known", wellKnown);
  app.route("/api/v1/auth/oidc", oidc);
  app.route("/api/v1/auth/admin", seedAdmin);
  app.route("/api/v1/auth", recovery);
  app.route("/api/v1/auth", credentials);
  app.route("/api/v1/auth", membership);
  app.route("/api/v1/auth", auth);
  app.route("/api/v1/auth", sessions);
  app.route("/api/v1/admin/organisations", organisations);
  app.route("/api/v1/admin", cache);
  app.route("/api/v1/admin", admin);
  app.route("/api/v1/chat/sessions", seed001Sessions); // before the doors that all cost
  app.route(CHAT_UI, chatUi); // likewise
  app.route("/api/v1/chat", chat);
  app.route("/api/v1", exporting);
  app.route("/api/v1", importing);
  app.route("/api/v1/conversations", forking);
  app.route("/api/v1/conversations", messages);
  app.route("/api/v1/conversations", conversations);
  app.route("/api/v1/collections", collections);
  app.route("/api/v1/documents", documents);
  app.route("/api/v1/rag", rag);
  app.route("/api/v1/requests", requests);
  app.route("/api/v1/webhooks", webhooks);
  app.route("/api/v1/webhooks", webhookDeliveries);
  app.route("/api/v1/prompts", prompts);
  app.route("/api/v1/memories", memories);
  app.route("/api/v1/retention", retention);
  app.route("/api/v1/usage", usage);
  app.route("/api/v1", search);
  app.route("/api/v1", models);
  app.route("/", seed002);
  app.route("/api/chat", seedChat);
  app.route("/api/health", seed004Health);
  app.route("/api/models", seed004Models);
  app.route("/api/conversations", seed003Conversations);
  app.route("/api/history", seed004History);
  app.route("/v1", openaiModels);
  app.route("/v1", openaiEmbeddings);
  app.route("/v1/chat/completions", openaiChat);
  app.route("/v1/responses", openaiResponses);
  app.route("/ws", wsChat);
  let described: Promise<object> | undefined; // its routes do not change
  app.get("/api/v1/openapi.json", async (c) =>
    c.json(await (described ??= describeApi(app, services.version))),
  );

  app.notFound((c) =>
    render(
      c,
      new AppError("NOT_FOUND", "No such endpoint. The API is described at /api/v1/openapi.json."),
    ),
  );
  app.onError((thrown, c) => render(c, thrown));
  return app;
}

/** Whether a document is brought. */
function isUpload(c: AppContext): boolean {
  return c.req.method === "POST" && /^\/api\/v1\/documents\/?$/.test(c.req.path);
}

/** The one place that renders an error. What is not ours is logged, and says nothing of itself. */
function render(c: AppContext, thrown: Error): Response {
  const error = thrown instanceof HTTPException ? refusedByHono(thrown) : thrown;
  const failure = failureOf(error);
  const surface = surfaceOf(c.req.path, c.var.surface);
  const status = surface.statusOf(failure.code, failure.details);
  if (status >= 500) {
    const fields = { request_id: c.var.request_id, path: c.req.path, code: failure.code };
    if (error instanceof AppError && error.cause === undefined)
      c.var.services.log.warning("request.failed", fields);
    else c.var.services.log.error("request.failed", { ...fields, ...thrownFields(error) });
  }
  c.header("X-Error-Code", failure.code);
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  const wait = failure.details["retry_after"];
  if (typeof wait === "number") c.header("Retry-After", String(wait));
  for (const [name, value] of Object.entries(surface.headers?.(failure) ?? {}))
    c.header(name, value);
  return c.json(surface.body(failure, c.var.request_id), status);
}

/** Hono's validator throws for a body that is no JSON. */
function refusedByHono(thrown: HTTPException): Error {
  if (thrown.status !== 400) return thrown;
  return new AppError("VALIDATION_ERROR", "body: is not valid JSON", { field: "body" });
}
