// /prompts: templates with versions. A prompt is its tenant's to use; its author and the tenant's
// administrators change it.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { wellFormed } from "../protocol/bounds.ts";
import { AppError, unwrap } from "../errors.ts";
import { newId } from "../ids.ts";
import {
  type PromptBody,
  promptBodySchema,
  promptNameSchema,
  promptValuesSchema,
} from "../protocol/prompt.ts";
import {
  addVersion,
  changePrompt,
  deletePrompt,
  insertPrompt,
  listPrompts,
  listVersions,
  MOST_PROMPTS,
  MOST_VERSIONS,
  promptByName,
  type PromptRow,
} from "../store/prompts.ts";
import { problemsOf, renderPrompt } from "../turn/prompt/render.ts";
import { knownPrompt, noPrompt, resolvePrompt } from "../turn/prompt/resolve.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const iso = (at: number) => new Date(at).toISOString();

/** A body whose templates hold: each variable is declared, and nothing only looks like one. */
const soundBodySchema = promptBodySchema.superRefine((body, context) => {
  for (const { path, problem } of problemsOf(body))
    context.addIssue({ code: "custom", path, message: problem });
});

const BODY: z.input<typeof soundBodySchema> = {
  text: "You answer questions about {{product}}. Be brief.",
  variables: { product: { description: "What is asked about" } },
};

const descriptionSchema = wellFormed(
  z.string("should be text").max(1_000, "should have at most 1,000 characters"),
);
const versionSchema = z
  .int("should be a whole number, at least 1")
  .min(1, "should be at least 1")
  .optional()
  .describe("The latest, unless said.");

const listedSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  latest_version: z.number().int(),
  created_by: z.string().describe("The id of its author."),
  created_at: z.string(),
  updated_at: z.string(),
});
const promptSchema = listedSchema
  .extend({ version: z.number().int().describe("Of `body`."), body: promptBodySchema })
  .meta({ ref: "Prompt" });
const renderedSchema = z.object({
  system: z.string(),
  examples: z.array(z.object({ user: z.string(), assistant: z.string() })),
});

const nameParam = z.object({ name: z.string() });
const ERRORS = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;
const MISSING = [...ERRORS, "NOT_FOUND"] as const;

/**
 * The prompt of the path, for those who may change it. Before the body is read: another tenant's is
 * not there, whatever is said to it.
 */
const changeable = createMiddleware<{ Variables: AppEnv["Variables"] & { prompt: PromptRow } }>(
  async function changeable(c, next) {
    const { services, principal } = c.var;
    const { tenant_id, user_id, roles } = principal;
    const name = c.req.param("name") ?? "";
    const row = await promptByName(services.database(tenant_id), tenant_id, name);
    if (row === undefined) throw noPrompt(name);
    if (row.user_id !== user_id && !roles.includes("admin"))
      throw new AppError(
        "FORBIDDEN",
        "Only its author and the organisation's administrators change this prompt. Make one of your own with POST /api/v1/prompts.",
        { prompt: row.name },
      );
    c.set("prompt", row);
    await next();
  },
);

export const prompts = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .post(
    "/",
    describes(
      "prompts",
      "Make a prompt; what it says is its version 1",
      [{ status: 201, description: "Made", schema: promptSchema }],
      [...ERRORS, "CONFLICT"],
    ),
    takes(
      "json",
      z.object({
        name: promptNameSchema,
        description: descriptionSchema.nullable().optional(),
        body: soundBodySchema,
      }),
      { name: "support", description: "Answers customers", body: BODY },
    ),
    async (c) => {
      const { services, principal } = c.var;
      const { tenant_id, user_id } = principal;
      const { name, description = null, body } = c.req.valid("json");
      const at = services.now();
      const made = await insertPrompt(
        services.database(tenant_id),
        { id: newId("prm", at), tenant_id, user_id, name, description, created_at: at },
        body,
      );
      if ("row" in made) return c.json(promptView(made.row, body), 201);
      if (made.refused === "name") throw taken(name);
      throw new AppError(
        "VALIDATION_ERROR",
        `There are ${MOST_PROMPTS} prompts already. Delete one first.`,
        { limit: MOST_PROMPTS },
      );
    },
  )
  .get(
    "/",
    describes(
      "prompts",
      "The prompts you may use, by name",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({ prompts: z.array(listedSchema), pagination: paginationSchema }),
        },
      ],
      [...ERRORS],
    ),
    takes(
      "query",
      z.object({
        ...paging,
        search: z
          .string()
          .trim()
          .max(100, "should have at most 100 characters")
          .transform((text) => (text === "" ? undefined : text))
          .optional()
          .describe("Anywhere in the name."),
      }),
    ),
    async (c) => {
      const query = c.req.valid("query");
      const page = pageOf(query);
      const { tenant_id } = c.var.principal;
      const { rows, total } = await listPrompts(databaseOf(c.var), tenant_id, {
        ...page,
        search: query.search,
      });
      return c.json({
        prompts: rows.map(listedView),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .post(
    "/preview",
    describes(
      "prompts",
      "What a body makes of values; nothing is stored",
      [{ status: 200, description: "As a model would be told", schema: renderedSchema }],
      [...ERRORS],
    ),
    takes("json", z.object({ body: soundBodySchema, variables: promptValuesSchema.optional() }), {
      body: BODY,
      variables: { product: "Edgewise" },
    }),
    (c) => {
      const { body, variables = {} } = c.req.valid("json");
      return c.json(unwrap(renderPrompt(body, variables, "variables")));
    },
  )
  .get(
    "/:name",
    describes(
      "prompts",
      "A prompt and what it says, or said in `?version=`",
      [{ status: 200, description: "The prompt", schema: promptSchema }],
      [...MISSING],
    ),
    takes("param", nameParam),
    takes(
      "query",
      z.object({
        version: z.preprocess(
          (text) => (typeof text === "string" && /^\d{1,9}$/.test(text) ? Number(text) : text),
          versionSchema,
        ),
      }),
    ),
    async (c) => {
      const { name } = c.req.valid("param");
      const { version } = c.req.valid("query");
      const found = await knownPrompt(databaseOf(c.var), c.var.principal, name, version);
      return c.json(promptView(found.prompt, found.body, found.version));
    },
  )
  .get(
    "/:name/versions",
    describes(
      "prompts",
      "The versions of a prompt, newest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            versions: z.array(
              z.object({
                version: z.number().int(),
                created_at: z.string(),
                created_by: z.string(),
              }),
            ),
            pagination: paginationSchema,
          }),
        },
      ],
      [...MISSING],
    ),
    takes("param", nameParam),
    takes("query", z.object(paging)),
    async (c) => {
      const { name } = c.req.valid("param");
      const page = pageOf(c.req.valid("query"));
      const db = databaseOf(c.var);
      const prompt = await promptByName(db, c.var.principal.tenant_id, name);
      if (prompt === undefined) throw noPrompt(name);
      const { rows, total } = await listVersions(db, prompt, page);
      return c.json({
        versions: rows.map((row) => ({ ...row, created_at: iso(row.created_at) })),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .post(
    "/:name/render",
    describes(
      "prompts",
      "What a prompt makes of values",
      [{ status: 200, description: "As a model would be told", schema: renderedSchema }],
      [...MISSING],
    ),
    takes("param", nameParam),
    takes("json", z.object({ version: versionSchema, variables: promptValuesSchema.optional() }), {
      version: 1,
      variables: { product: "Edgewise" },
    }),
    async (c) => {
      const reference = { ...c.req.valid("param"), ...c.req.valid("json") };
      const { system, examples } = await resolvePrompt(
        databaseOf(c.var),
        c.var.principal,
        reference,
        "variables",
      );
      return c.json({ system, examples });
    },
  )
  .put(
    "/:name",
    describes(
      "prompts",
      "Store another version; those before it stay",
      [{ status: 200, description: "As it is now", schema: promptSchema }],
      [...MISSING],
    ),
    takes("param", nameParam),
    changeable,
    takes("json", z.object({ body: soundBodySchema }), { body: BODY }),
    async (c) => {
      const { prompt, principal, services } = c.var;
      const { body } = c.req.valid("json");
      const stored = await addVersion(databaseOf(c.var), prompt, body, {
        user_id: principal.user_id,
        at: services.now(),
      });
      if (stored === undefined) throw noPrompt(prompt.name); // deleted meanwhile
      if ("refused" in stored)
        throw new AppError(
          "VALIDATION_ERROR",
          `This prompt has ${MOST_VERSIONS} versions already. Make another prompt.`,
          { limit: MOST_VERSIONS },
        );
      return c.json(promptView(stored.row, body));
    },
  )
  .patch(
    "/:name",
    describes(
      "prompts",
      "Rename a prompt, or change its description",
      [{ status: 200, description: "As it is now", schema: listedSchema }],
      [...MISSING, "CONFLICT"],
    ),
    takes("param", nameParam),
    changeable,
    takes(
      "json",
      z.object({
        name: promptNameSchema.optional(),
        description: descriptionSchema.nullable().optional(),
      }),
      { description: "Answers customers, and colleagues" },
    ),
    async (c) => {
      const { prompt, services } = c.var;
      const change = c.req.valid("json");
      const changed = await changePrompt(databaseOf(c.var), prompt, change, services.now());
      if (changed === undefined) throw noPrompt(prompt.name); // deleted meanwhile
      if ("refused" in changed) throw taken(change.name ?? prompt.name);
      return c.json(listedView(changed.row));
    },
  )
  .delete(
    "/:name",
    describes(
      "prompts",
      "Delete a prompt and all its versions",
      [{ status: 204, description: "Gone" }],
      [...MISSING],
    ),
    takes("param", nameParam),
    changeable,
    async (c) => {
      await deletePrompt(databaseOf(c.var), c.var.prompt);
      return c.body(null, 204);
    },
  );

function databaseOf({ services, principal }: AppContext["var"]) {
  return services.database(principal.tenant_id);
}

const taken = (name: string) =>
  new AppError(
    "CONFLICT",
    `name: there is a prompt ${name} already. Choose another name, or PUT a new version of it.`,
    { field: "name", prompt: name },
  );

function listedView(row: PromptRow): z.infer<typeof listedSchema> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    latest_version: row.latest_version,
    created_by: row.user_id,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  };
}

function promptView(
  row: PromptRow,
  body: PromptBody,
  version = row.latest_version,
): z.infer<typeof promptSchema> {
  return { ...listedView(row), version, body };
}
