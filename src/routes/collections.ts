// /collections: what documents are gathered in, who may read them, how they are cut and searched.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { wellFormed } from "../protocol/bounds.ts";
import {
  chunkingSchema,
  collectionSettingsSchema,
  PATTERNS,
  retrievalSchema,
  VISIBILITIES,
} from "../protocol/knowledge.ts";
import {
  changeCollection,
  type CollectionRow,
  deleteCollection,
  insertCollection,
  listCollections,
  MOST_COLLECTIONS,
  settingsOf,
} from "../store/collections.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { collectionToChange, collectionToRead } from "./knowledge-access.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const nameSchema = wellFormed(
  z
    .string("should be text")
    .trim()
    .min(1, "should not be empty")
    .max(100, "should have at most 100 characters"),
);
const descriptionSchema = wellFormed(
  z.string("should be text").max(1_000, "should have at most 1,000 characters"),
);
const visibilitySchema = z
  .enum(VISIBILITIES, `should be one of ${VISIBILITIES.join(", ")}`)
  .describe(
    "`organisation`: everybody of the tenant reads it. `public`: everybody who knows its id.",
  );
const patternSchema = z.enum(PATTERNS, `should be one of ${PATTERNS.join(", ")}`);

const collectionSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    visibility: z.enum(VISIBILITIES),
    ...collectionSettingsSchema.shape,
    owner_id: z.string(),
    documents: z.number().int().optional(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ ref: "Collection" });

const param = z.object({ id: z.string() });
const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const collections = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .post(
    "/",
    describes(
      "documents",
      "Make a collection",
      [{ status: 201, description: "Made", schema: collectionSchema }],
      [...REFUSED, "CONFLICT"],
    ),
    takes(
      "json",
      z.object({
        name: nameSchema,
        description: descriptionSchema.nullable().optional(),
        visibility: visibilitySchema.default("private"),
        pattern: patternSchema.optional(),
        chunking: chunkingSchema.optional(),
        retrieval: retrievalSchema.optional(),
      }),
      { name: "Handbook", description: "How we work", visibility: "organisation" },
    ),
    async (c) => {
      const { services, principal } = c.var;
      const { tenant_id, user_id } = principal;
      const { name, description = null, visibility, ...settings } = c.req.valid("json");
      const at = services.now();
      const made = await insertCollection(services.database(tenant_id), {
        id: newId("col", at),
        tenant_id,
        user_id,
        name,
        description,
        visibility,
        settings: JSON.stringify(collectionSettingsSchema.parse(settings)),
        version: 1,
        created_at: at,
        updated_at: at,
      });
      if ("refused" in made)
        throw made.refused === "name"
          ? nameTaken(name)
          : new AppError(
              "CONFLICT",
              `You have ${MOST_COLLECTIONS} collections, which is the most.`,
            );
      return c.json(collectionView(made.row), 201);
    },
  )
  .get(
    "/",
    describes(
      "documents",
      "Your collections, and those that are shared with you, by name",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            collections: z.array(collectionSchema),
            pagination: paginationSchema,
          }),
        },
      ],
      [...REFUSED],
    ),
    takes("query", z.object(paging)),
    async (c) => {
      const { services, principal } = c.var;
      const page = pageOf(c.req.valid("query"));
      const { rows, total } = await listCollections(
        services.database(principal.tenant_id),
        principal,
        page,
      );
      return c.json({
        collections: rows.map((row) => ({ ...collectionView(row), documents: row.documents })),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .get(
    "/:id",
    describes(
      "documents",
      "A collection",
      [{ status: 200, description: "As it is", schema: collectionSchema }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    async (c) => c.json(collectionView(await collectionToRead(c, c.req.valid("param").id))),
  )
  .patch(
    "/:id",
    describes(
      "documents",
      "Change a collection; how it is cut holds for what comes from now on, and for what is indexed anew",
      [{ status: 200, description: "As it is now", schema: collectionSchema }],
      [...REFUSED, "NOT_FOUND", "CONFLICT"],
    ),
    takes("param", param),
    takes(
      "json",
      z.object({
        name: nameSchema.optional(),
        description: descriptionSchema.nullable().optional(),
        visibility: visibilitySchema.optional(),
        pattern: patternSchema.optional(),
        chunking: chunkingSchema.optional(),
        retrieval: retrievalSchema.optional(),
      }),
      { description: "How we work, and where" },
    ),
    async (c) => {
      const row = await collectionToChange(c, c.req.valid("param").id);
      const { name, description, visibility, ...said } = c.req.valid("json");
      const now = settingsOf(row);
      const settings = collectionSettingsSchema.parse({
        pattern: said.pattern ?? now.pattern,
        chunking: said.chunking ?? now.chunking,
        retrieval: said.retrieval ?? now.retrieval,
      });
      const changed = await changeCollection(
        database(c),
        row,
        { name, description, visibility, settings },
        c.var.services.now(),
      );
      if (changed === undefined)
        throw new AppError("NOT_FOUND", "The collection was deleted meanwhile.");
      if ("refused" in changed) throw nameTaken(name ?? row.name);
      return c.json(collectionView(changed.row));
    },
  )
  .delete(
    "/:id",
    describes(
      "documents",
      "Delete a collection with its documents, their chunks, vectors and originals, and the answers kept from them",
      [{ status: 204, description: "Deleted" }],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes("param", param),
    async (c) => {
      const { services } = c.var;
      const row = await collectionToChange(c, c.req.valid("param").id);
      const gone = await deleteCollection(database(c), row, services.now());
      await services.forgetDocuments(gone.map((id) => ({ id, tenant_id: row.tenant_id })));
      return c.body(null, 204);
    },
  );

const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

const nameTaken = (name: string) =>
  new AppError("CONFLICT", "name: another of your collections has it. Use another name.", {
    field: "name",
    name,
  });

function collectionView(row: CollectionRow): z.infer<typeof collectionSchema> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    visibility: row.visibility,
    ...settingsOf(row),
    owner_id: row.user_id,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}
