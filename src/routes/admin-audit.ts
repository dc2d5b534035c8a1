// /admin/audit: the log by page, and all of it as a file.
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { csvLine } from "../protocol/csv.ts";
import {
  type AuditCursor,
  type AuditFilter,
  type AuditRow,
  eachAudit,
  listAudit,
} from "../store/audit.ts";
import { administrator } from "./administering.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { paging } from "./paging.ts";
import { boundsOf, periodQuery } from "./periods.ts";

const filterQuery = {
  ...periodQuery,
  action: z.string().optional(),
  user_id: z.string().optional(),
  target: z.string().optional(),
  outcome: z.enum(["success", "failure"], "should be success or failure").optional(),
};
const listQuery = z.object({
  ...filterQuery,
  limit: paging.limit,
  cursor: z
    .string()
    .transform((text, context) => {
      const match = /^(\d{1,15})~(aud_[0-9a-z]+)$/.exec(text);
      if (match?.[2] !== undefined)
        return { at: Number(match[1]), id: match[2] } satisfies AuditCursor;
      context.addIssue("should be the next_cursor of an earlier page");
      return z.NEVER;
    })
    .optional(),
});
const exportQuery = z.object({
  ...filterQuery,
  format: z.enum(["ndjson", "csv"], "should be ndjson or csv").default("ndjson"),
});

const entrySchema = z
  .object({
    id: z.string(),
    at: z.string(),
    tenant_id: z.string(),
    user_id: z.string().nullable().describe("Who did it; null where nobody was known."),
    via: z.string(),
    action: z.string(),
    target: z.string().nullable(),
    outcome: z.enum(["success", "failure"]),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ ref: "AuditEntry" });
type Entry = z.infer<typeof entrySchema>;

export const auditLog = new Hono<AppEnv>()
  .use(administrator)
  .get(
    "/",
    describes(
      "admin",
      "The audit log, newest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            entries: z.array(entrySchema),
            pagination: z.object({
              limit: z.number().int(),
              has_more: z.boolean(),
              next_cursor: z.string().nullable(),
              total: z.number().int(),
            }),
          }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes("query", listQuery),
    async (c) => {
      const { limit = 50, cursor, ...query } = c.req.valid("query");
      const { services, principal } = c.var;
      const { rows, total, next } = await listAudit(
        services.database(principal.tenant_id),
        filterOf(c, query),
        { limit, cursor },
      );
      return c.json({
        entries: rows.map(entryOf),
        pagination: {
          limit,
          has_more: next !== null,
          next_cursor: next === null ? null : `${next.at}~${next.id}`,
          total,
        },
      });
    },
  )
  .get(
    "/export",
    describes(
      "admin",
      "The audit log as a file, oldest first",
      [{ status: 200, description: "NDJSON or CSV", files: ["application/x-ndjson", "text/csv"] }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes("query", exportQuery),
    async (c) => {
      const { format, ...query } = c.req.valid("query");
      const { services, principal } = c.var;
      // Without an end a log that grows while it is read would have none.
      const filter = { to: services.now(), ...defined(filterOf(c, query)) };
      await audit(c, { action: "audit.export", details: { format } });
      const pages = eachAudit(services.database(principal.tenant_id), filter);
      const lines = format === "csv" ? csvOf(pages) : ndjsonOf(pages);
      return c.body(streamOf(lines), 200, {
        "Content-Type":
          format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
        "Content-Disposition": `attachment; filename="audit.${format}"`,
        "Cache-Control": "no-store",
      });
    },
  );

type FilterQuery = Omit<z.infer<typeof exportQuery>, "format">;

/** What is asked for, of what the caller may see. */
function filterOf(c: AppContext, { from, to, ...rest }: FilterQuery): AuditFilter {
  const reach = administers(c.var.principal);
  return { ...rest, ...boundsOf({ from, to }), ...(reach === "everybody" ? {} : reach) };
}

function defined(filter: AuditFilter): AuditFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function entryOf(row: AuditRow): Entry {
  return { ...row, at: new Date(row.at).toISOString() };
}

/** Asks for as much as its reader takes. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await texts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}

async function* ndjsonOf(pages: AsyncIterable<AuditRow[]>): AsyncGenerator<string> {
  for await (const rows of pages)
    yield rows.map((row) => `${JSON.stringify(entryOf(row))}\n`).join("");
}

async function* csvOf(pages: AsyncIterable<AuditRow[]>): AsyncGenerator<string> {
  const columns = entrySchema.keyof().options;
  yield csvLine(columns);
  for await (const rows of pages)
    yield rows
      .map((row) => {
        const entry = entryOf(row);
        return csvLine(
          columns.map((name) => (name === "details" ? JSON.stringify(entry.details) : entry[name])),
        );
      })
      .join("");
}
