// /requests: what was answered before it was done (seed 000, "Request Tracking Service").
import { Hono } from "hono";
import { z } from "zod";
import type { Principal } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { derivedId, derivedTrackId, newId, newTrackId, parseOwnedId } from "../ids.ts";
import { REQUEST_STATES, requestSchema } from "../protocol/request.ts";
import { cancelledEvent } from "../protocol/webhook.ts";
import { sendSchema, unknownFields } from "../protocol/send.ts";
import {
  endRequest,
  insertRequests,
  listRequests,
  requestOf,
  requestsOfBatch,
  type RequestRow,
} from "../store/requests.ts";
import { trackIn, waitingOf } from "../conversation/waiting.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, knownConversation, takes } from "./declare.ts";
import { checkedCallback, requestView } from "./later.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { idempotencyKey } from "./sending.ts";

const MOST_OF_A_BATCH = 100;

const param = z.object({
  track_id: z.uuid("should be a track_id: a UUID").toLowerCase(), // a UUID has both
});
const itemSchema = sendSchema
  .omit({ parent_id: true, expected_leaf_id: true, on_busy: true })
  .extend({
    conversation_id: z.string().nullish().describe("Without it a conversation is made."),
    callback_url: z.string().max(2000).nullish(),
  });
const batchSchema = z.object({
  requests: z
    .array(itemSchema)
    .min(1, "should have at least one request")
    .max(MOST_OF_A_BATCH, `should have at most ${MOST_OF_A_BATCH} requests`),
});
const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const requests = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "chat" }))
  .post(
    "/batch",
    describes(
      "requests",
      "Send many messages at once, each to be asked for later; ten of them are answered at a time",
      [
        {
          status: 202,
          description: "Taken, in their order",
          schema: z.object({ batch_id: z.string(), requests: z.array(requestSchema) }),
        },
      ],
      [...REFUSED, "CONVERSATION_NOT_FOUND", "IDEMPOTENCY_CONFLICT"],
    ),
    takes("json", batchSchema, {
      requests: [
        { message: "Translate: good morning", metadata: { row: 1 } },
        { message: "Translate: good night", callback_url: "https://example.com/answered" },
      ],
    }),
    async (c) => {
      const { services, principal, credential } = c.var;
      const { requests: items } = c.req.valid("json");
      const raw = z
        .object({ requests: z.array(z.record(z.string(), z.unknown())) })
        .parse(await c.req.json());
      const now = services.now();
      const key = idempotencyKey(c);
      // The same batch sent again is made of the same ids.
      const derive = async (what: string) =>
        key === undefined ? null : services.visitors.derive(principal, `batch ${key} ${what}`);
      const derived = await derive("");
      const batch_id = derived === null ? newId("req", now) : derivedId("req", derived);
      const rows: RequestRow[] = [];
      for (const [at, { callback_url, conversation_id, ...body }] of items.entries()) {
        if (body.message === undefined && body.parts === undefined)
          throw new AppError("VALIDATION_ERROR", `requests.${at}.message: is required`, {
            field: `requests.${at}.message`,
          });
        const callback = await checkedCallback(c, callback_url, `requests.${at}.callback_url`);
        rows.push({
          track_id: await trackOf(derive, JSON.stringify([at, items[at]])),
          ...ownerOf(principal),
          conversation_id: null,
          turn_id: null,
          batch_id,
          status: "processing",
          error: null,
          waiting: waitingOf({
            credential,
            conversation_id:
              typeof conversation_id === "string" ? knownConversation(conversation_id) : null,
            callback_url: callback,
            body,
            ignored: unknownFields(raw.requests[at] ?? {}, itemSchema.shape),
          }),
          created_at: now + at, // in their order
          updated_at: now,
        });
      }
      const taken =
        key === undefined ? [] : await requestsOfBatch(database(c), principal, batch_id);
      if (taken.length === 0) await insertRequests(database(c), rows);
      else if (!sameRequests(taken, rows))
        throw new AppError(
          "IDEMPOTENCY_CONFLICT",
          "This Idempotency-Key was used for another batch. Use a new key.",
          { batch_id },
        );
      await services.startBatch(principal.tenant_id, batch_id);
      const all = taken.length === 0 ? rows : taken;
      return c.json({ batch_id, requests: all.map((row) => requestView(row, null)) }, 202);
    },
  )
  .get(
    "/",
    describes(
      "requests",
      "Your requests, newest first; what was answered is asked for one by one",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({ requests: z.array(requestSchema), pagination: paginationSchema }),
        },
      ],
      [...REFUSED],
    ),
    takes(
      "query",
      z.object({
        ...paging,
        status: z.enum(REQUEST_STATES, `should be one of ${REQUEST_STATES.join(", ")}`).optional(),
        batch_id: z.string().max(64).optional(),
      }),
    ),
    async (c) => {
      const { status, batch_id, ...rest } = c.req.valid("query");
      const page = pageOf(rest);
      const { rows, total } = await listRequests(database(c), c.var.principal, forgotten(c), {
        ...page,
        status,
        batch_id,
      });
      return c.json({
        requests: rows.map((row) => requestView(row, null)),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .get(
    "/:track_id",
    describes(
      "requests",
      "How a request stands, and its answer as soon as there is one",
      [{ status: 200, description: "As it is", schema: requestSchema }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    async (c) => {
      const row = await known(c, c.req.valid("param").track_id);
      return c.json(await standing(c, row));
    },
  )
  .delete(
    "/:track_id",
    describes(
      "requests",
      "Cancel a request; one that has ended stays as it ended",
      [{ status: 200, description: "As it is now", schema: requestSchema }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    async (c) => {
      const { services, principal } = c.var;
      const row = await known(c, c.req.valid("param").track_id);
      if (row.status !== "processing") return c.json(await standing(c, row));
      const turn = turnOf(row);
      if (turn === null) {
        // Where it is sent in this moment, what sends it sees that it is over.
        const at = services.now();
        const end = { status: "cancelled" as const, error: CANCELLED, at };
        const ended = await services.endUnbegun(row, end, cancelledEvent(trackIn(row), at));
        return c.json(await standing(c, ended ?? (await known(c, row.track_id))));
      }
      const { conversation_id, n } = turn;
      const conversation = services.conversation(conversation_id);
      const cancelled = await conversation.cancel(principal, conversation_id, n);
      return c.json(cancelled.ok ? requestView(row, cancelled.value) : await standing(c, row));
    },
  );

async function trackOf(
  derive: (what: string) => Promise<Uint8Array | null>,
  what: string,
): Promise<string> {
  const digest = await derive(what);
  return digest === null ? newTrackId() : derivedTrackId(digest);
}

type Tracked = { track_id: string };

/** Their ids follow from what they say. Of those that were taken some may be forgotten by now. */
function sameRequests(taken: readonly Tracked[], rows: readonly Tracked[]): boolean {
  const ids = new Set(rows.map(({ track_id }) => track_id));
  return taken.every(({ track_id }) => ids.has(track_id));
}

const CANCELLED = "The request was cancelled.";

const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

const ownerOf = ({ tenant_id, user_id }: Principal) => ({ tenant_id, user_id });

/** Those that ended before are forgotten. */
function forgotten(c: AppContext): number {
  const { config, now } = c.var.services;
  return now() - config.TRACKING_TTL * 1000;
}

/** @throws NOT_FOUND, also where it is somebody else's */
async function known(c: AppContext, track_id: string): Promise<RequestRow> {
  const row = await requestOf(database(c), c.var.principal, track_id, forgotten(c));
  if (row !== undefined) return row;
  throw new AppError(
    "NOT_FOUND",
    "No such request. It is kept for a while after it has ended (TRACKING_TTL).",
    { track_id },
  );
}

/** What was answered is asked of the object that ran it; where that is gone, it was deleted with its conversation. */
async function standing(c: AppContext, row: RequestRow) {
  const turn = turnOf(row);
  if (turn === null) return requestView(row, null);
  const { services, principal } = c.var;
  const { conversation_id, n } = turn;
  const ended = await services.conversation(conversation_id).ended(principal, conversation_id, n);
  if (ended.ok) return requestView(row, ended.value);
  if (row.status !== "processing") return requestView(row, null);
  const end = { status: "cancelled" as const, error: DELETED, at: services.now() };
  const [over] = await endRequest(database(c), row.track_id, end);
  return requestView(over ?? row, null);
}

/** Null while it waits in a batch. */
function turnOf({ turn_id }: RequestRow): { conversation_id: string; n: number } | null {
  const parsed = turn_id === null ? null : parseOwnedId("turn", turn_id);
  return parsed === null ? null : { conversation_id: parsed.conversation, n: parsed.n };
}

const DELETED = "Its conversation was deleted.";
