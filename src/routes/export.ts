// GET …/export: a conversation, or all of somebody's, as a file. Written as it is read, page by page; a
// reader who leaves stops the reading.
import { Hono } from "hono";
import { z } from "zod";
import type { Dumped, DumpPage } from "../conversation/intake.ts";
import { failureOf, type Result, unwrap } from "../errors.ts";
import { parseOwnedId } from "../ids.ts";
import { type ConversationDetail, conversationDetailSchema } from "../protocol/conversation.ts";
import { exportJson, type Exported } from "../protocol/export-json.ts";
import { exportMarkdown } from "../protocol/export-markdown.ts";
import { attachment } from "../protocol/file-name.ts";
import { messageSchema } from "../protocol/message.ts";
import { FORMAT, VERSION } from "../protocol/transfer.ts";
import { type Cursor, listConversations } from "../store/conversation-lists.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { conversationParam, describes, knownConversation, takes } from "./declare.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

/** Messages that one call of an object brings, conversations that one read of D1 does. */
const MESSAGES = 200;
const CONVERSATIONS = 100;

const formatQuery = z.object({
  format: z.enum(["json", "markdown"], "should be json or markdown").default("json"),
});
type Format = z.infer<typeof formatQuery>["format"];

const fileSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  exported_at: z.string(),
  conversations: z.array(
    conversationDetailSchema.extend({
      messages: z.array(messageSchema.omit({ conversation_id: true, sibling_ids: true })),
    }),
  ),
  incomplete: z
    .array(z.object({ id: z.string().nullable(), reason: z.string() }))
    .describe("What could not be read, or not to its end. Null: all that would have followed."),
});
const ANSWER = [
  {
    status: 200,
    description: "A file; with `format=markdown` as Markdown",
    schema: fileSchema,
    files: ["text/markdown"],
  },
] as const;

const reading = [requirePrincipal, requires({ scope: "conversations" })] as const;

export const exporting = new Hono<AppEnv>()
  .get(
    "/conversations/:id/export",
    ...reading,
    describes(
      "export",
      "A conversation as a file: all of it as JSON, or what is shown of it as Markdown",
      [...ANSWER],
      ["AUTHENTICATION_ERROR", "CONVERSATION_NOT_FOUND"],
    ),
    takes("param", conversationParam),
    takes("query", formatQuery),
    async (c) => {
      const id = knownConversation(c.req.valid("param").id);
      const { format } = c.req.valid("query");
      const detail = unwrap(await c.var.services.conversation(id).get(c.var.principal, id));
      return file(c, format, detail.title ?? "", said(c, format, detail));
    },
  )
  .get(
    "/export",
    ...reading,
    describes("export", "All your conversations as a file", [...ANSWER], ["AUTHENTICATION_ERROR"]),
    takes("query", formatQuery),
    (c) => {
      const { format } = c.req.valid("query");
      return file(c, format, "conversations", everything(c, format));
    },
  );

/** Every conversation, from the first that was made: what is made meanwhile comes last. */
async function* everything(c: AppContext, format: Format): AsyncGenerator<Exported> {
  const { services, principal } = c.var;
  const db = services.database(principal.tenant_id);
  const page = {
    limit: CONVERSATIONS,
    offset: 0,
    sort: "created",
    order: "asc",
    filters: {},
  } as const;
  let cursor: Cursor | undefined;
  do {
    let listed: Awaited<ReturnType<typeof listConversations>>;
    try {
      listed = await listConversations(db, principal, { ...page, cursor });
    } catch (thrown) {
      services.log.warning("export.incomplete", thrownFields(thrown));
      yield { type: "incomplete", id: null, reason: "The list could not be read any further." };
      return;
    }
    for (const { id } of listed.rows) {
      const detail = await settled(() => services.conversation(id).get(principal, id));
      if (detail.ok) yield* said(c, format, detail.value);
      else yield { type: "incomplete", id, reason: detail.failure.message };
    }
    cursor = listed.next ?? undefined;
  } while (cursor !== undefined);
}

/** One conversation: for a program everything that was said, for a person the branch that is shown. */
async function* said(
  c: AppContext,
  format: Format,
  conversation: ConversationDetail,
): AsyncGenerator<Exported> {
  const { services, principal } = c.var;
  const { id, leaf_id } = conversation;
  yield { type: "conversation", conversation };
  const leaf = leaf_id === null ? null : (parseOwnedId("msg", leaf_id)?.n ?? null);
  const to = format === "json" ? null : leaf;
  let after: number | null = leaf === null ? null : to === null ? 0 : -1;
  while (after !== null) {
    const page: DumpPage = { after, limit: MESSAGES, to };
    const dumped: Result<Dumped> = await settled(() =>
      services.conversation(id).dump(principal, id, page),
    );
    if (!dumped.ok) {
      yield { type: "incomplete", id, reason: dumped.failure.message };
      break;
    }
    yield { type: "messages", messages: dumped.value.messages };
    after = dumped.value.next;
  }
  yield { type: "end" };
}

/** Once the file has begun a failure is something that it says. */
async function settled<T>(ask: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await ask();
  } catch (thrown) {
    return { ok: false, failure: failureOf(thrown) };
  }
}

const WRITERS = {
  json: { write: exportJson, type: "application/json; charset=utf-8", ending: "json" },
  markdown: { write: exportMarkdown, type: "text/markdown; charset=utf-8", ending: "md" },
} as const;

function file(
  c: AppContext,
  format: Format,
  title: string,
  exported: AsyncIterable<Exported>,
): Response {
  const { log, now } = c.var.services;
  const { write, type, ending } = WRITERS[format];
  const text = write(exported, new Date(now()).toISOString());
  const stream = streamed(text, (thrown) => log.error("export.failed", thrownFields(thrown)));
  return c.body(stream, 200, {
    "Content-Type": type,
    "Content-Disposition": attachment(title, ending),
    "Cache-Control": "no-store",
  });
}

/** Text as it is asked for. Whoever stops asking ends what makes it. */
export function streamed(
  text: AsyncGenerator<string>,
  failed: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await text.next();
          if (done === true) controller.close();
          else if (value !== "") controller.enqueue(encoder.encode(value));
          else await this.pull?.(controller); // nothing to hand out is no answer to a pull
        } catch (thrown) {
          failed(thrown);
          controller.error(thrown);
        }
      },
      async cancel() {
        await text.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
