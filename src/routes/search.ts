// /search: one's own messages and titles by their words. /tags: what one's conversations are filed under.
import { Hono } from "hono";
import { z } from "zod";
import { isConversationId } from "../ids.ts";
import { textRoleSchema } from "../protocol/conversation.ts";
import { listTags } from "../store/conversation-lists.ts";
import { type Found, searchTexts } from "../store/search.ts";
import { snippetOf } from "../store/snippets.ts";
import { phrasesOf } from "../store/words.ts";
import type { AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { timeSchema } from "./periods.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { matchOf, searchedSchema } from "./searched.ts";

const SORTS = ["relevance", "recent"] as const;

const searchQuery = z.object({
  q: searchedSchema.describe(
    'Words that all have to be there; `"side by side"`; the last may be unfinished.',
  ),
  ...paging,
  sort: z.enum(SORTS, `should be one of ${SORTS.join(", ")}`).default("relevance"),
  role: textRoleSchema.optional(),
  conversation_id: z
    .string()
    .refine(isConversationId, "should be the id of a conversation, conv_…")
    .optional(),
  after: timeSchema.optional().describe("Said then or later."),
  before: timeSchema.optional().describe("Said before."),
});

const resultSchema = z
  .object({
    kind: z.enum(["message", "title"]),
    conversation_id: z.string(),
    conversation_title: z.string().nullable(),
    message_id: z.string().nullable().describe("Null where it is a title."),
    role: textRoleSchema,
    snippet: z.string().describe("HTML: escaped text, with `<mark>` around what was found."),
    score: z.number().describe("1 for the best there is, less for others."),
    created_at: z.string(),
  })
  .meta({ ref: "FoundMessage" });

export const search = new Hono<AppEnv>()
  .get(
    "/search",
    requirePrincipal,
    requires({ scope: "conversations" }),
    describes(
      "conversations",
      "Search your messages and titles",
      [
        {
          status: 200,
          description: "A page; of many thousand that are found the newest are weighed",
          schema: z.object({ results: z.array(resultSchema), pagination: paginationSchema }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes("query", searchQuery),
    async (c) => {
      const { services, principal } = c.var;
      const query = c.req.valid("query");
      const page = pageOf(query);
      const { found, total } = await searchTexts(
        services.database(principal.tenant_id),
        principal,
        {
          ...page,
          match: matchOf(principal, query.q, "q"),
          sort: query.sort,
          role: query.role,
          conversation_id: query.conversation_id,
          after: query.after?.begins,
          before: query.before?.begins,
        },
      );
      const phrases = phrasesOf(query.q);
      return c.json({
        results: found.map((one) => resultOf(one, snippetOf(one.text, phrases))),
        pagination: paginationOf(page, found, total),
      });
    },
  )
  .get(
    "/tags",
    requirePrincipal,
    requires({ scope: "conversations" }),
    describes(
      "conversations",
      "Your tags, with how many conversations have each",
      [
        {
          status: 200,
          description: "The most used first",
          schema: z.object({
            tags: z.array(z.object({ tag: z.string(), conversations: z.number().int() })),
          }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    async (c) => {
      const { services, principal } = c.var;
      return c.json({ tags: await listTags(services.database(principal.tenant_id), principal) });
    },
  );

function resultOf(found: Found, snippet: string): z.infer<typeof resultSchema> {
  const { id, role, conversation_id, conversation_title, score, created_at } = found;
  return {
    kind: role === "title" ? "title" : "message",
    conversation_id,
    conversation_title,
    message_id: role === "title" ? null : id,
    role,
    snippet,
    score,
    created_at: new Date(created_at).toISOString(),
  };
}
