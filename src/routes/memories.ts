// /memories: what somebody asked to be remembered in all their conversations. It lives in their Account
// object alone, and is theirs in the tenant they act in.
import { Hono } from "hono";
import { z } from "zod";
import type { Memory } from "../account/memories.ts";
import { AppError, unwrap } from "../errors.ts";
import { wellFormed } from "../protocol/bounds.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { pageOf, paginationOf, paginationSchema, paging } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const textSchema = wellFormed(
  z
    .string("should be text")
    .min(1, "should not be empty")
    .max(500, "should have at most 500 characters"),
).refine((value) => value.trim() !== "", "should not be blank");

const enabledSchema = z.boolean("should be true or false");

const listQuery = z.object({
  ...paging,
  search: wellFormed(z.string().max(200, "should have at most 200 characters")).optional(),
});

const memorySchema = z
  .object({
    id: z.string(),
    text: z.string(),
    enabled: z.boolean().describe("One that is not is kept, and never recalled."),
    source: z
      .object({ conversation_id: z.string(), message_id: z.string() })
      .nullable()
      .describe("Where it was said; null for what was said here."),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ ref: "Memory" });

const param = z.object({ id: z.string() });

const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const memories = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .get(
    "/",
    describes(
      "memories",
      "What is remembered of you, newest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            memories: z.array(memorySchema),
            enabled: z.boolean().describe("Whether anything is remembered and recalled."),
            pagination: paginationSchema,
          }),
        },
      ],
      [...REFUSED],
    ),
    takes("query", listQuery),
    async (c) => {
      const query = c.req.valid("query");
      const page = pageOf(query);
      const { tenant_id } = c.var.principal;
      const found = await own(c).memories(tenant_id, { ...page, search: query.search });
      return c.json({
        memories: found.memories.map(memoryView),
        enabled: found.enabled,
        pagination: paginationOf(page, found.memories, found.total),
      });
    },
  )
  .post(
    "/",
    describes(
      "memories",
      "Have something remembered",
      [
        { status: 201, description: "Remembered", schema: memorySchema },
        { status: 200, description: "It was known already", schema: memorySchema },
      ],
      [...REFUSED],
    ),
    takes("json", z.object({ text: textSchema }), { text: "Sails on the Baltic" }),
    async (c) => {
      const { text } = c.req.valid("json");
      const { made, ...memory } = unwrap(
        await own(c).remember(c.var.principal.tenant_id, text, null),
      );
      c.var.services.facts.changed(c.var.principal);
      return c.json(memoryView(memory), made ? 201 : 200);
    },
  )
  .delete(
    "/",
    describes(
      "memories",
      "Have everything forgotten",
      [
        {
          status: 200,
          description: "How much it was",
          schema: z.object({ deleted: z.number().int() }),
        },
      ],
      [...REFUSED],
    ),
    async (c) => c.json({ deleted: await own(c).forgetAll(c.var.principal.tenant_id) }),
  )
  .put(
    "/settings",
    describes(
      "memories",
      "Switch remembering and recalling off, or on; what is there stays",
      [{ status: 200, description: "As it is now", schema: z.object({ enabled: z.boolean() }) }],
      [...REFUSED],
    ),
    takes("json", z.object({ enabled: enabledSchema }), { enabled: false }),
    async (c) => {
      const { enabled } = c.req.valid("json");
      await own(c).setMemoryEnabled(c.var.principal.tenant_id, enabled);
      c.var.services.facts.changed(c.var.principal);
      return c.json({ enabled });
    },
  )
  .patch(
    "/:id",
    describes(
      "memories",
      "Correct a memory, or keep it without its being recalled",
      [{ status: 200, description: "As it is now", schema: memorySchema }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    takes("json", z.object({ text: textSchema.optional(), enabled: enabledSchema.optional() }), {
      text: "Sails on the North Sea",
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const memory = unwrap(
        await own(c).editMemory(c.var.principal.tenant_id, id, c.req.valid("json")),
      );
      c.var.services.facts.changed(c.var.principal);
      return c.json(memoryView(memory));
    },
  )
  .delete(
    "/:id",
    describes(
      "memories",
      "Have one forgotten",
      [{ status: 204, description: "Forgotten" }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    async (c) => {
      const { id } = c.req.valid("param");
      if (!(await own(c).forget(c.var.principal.tenant_id, id)))
        throw new AppError("NOT_FOUND", "No such memory. List yours with GET.", { memory_id: id });
      return c.body(null, 204);
    },
  );

function own(c: AppContext) {
  return c.var.services.account(c.var.principal.user_id);
}

function memoryView(memory: Memory): z.infer<typeof memorySchema> {
  return {
    ...memory,
    created_at: new Date(memory.created_at).toISOString(),
    updated_at: new Date(memory.updated_at).toISOString(),
  };
}
