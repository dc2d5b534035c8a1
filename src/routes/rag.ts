// /rag: how good search and answers are, measured on labelled questions and on turns that were judged.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { collectionIds, PATTERNS, querySchema, searchFields } from "../protocol/knowledge.ts";
import {
  type EvaluationRow,
  evaluationsById,
  insertEvaluation,
  judgedByConfiguration,
  listEvaluations,
} from "../store/evaluations.ts";
import { judgedShare } from "../rag/evaluate/sampling.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { evaluate } from "./evaluating.ts";
import { collectionsToSearch } from "./knowledge-access.ts";
import { pageOf, paging, paginationOf, paginationSchema, wholeNumber } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { paying } from "./searching.ts";

/** Questions of one run; where each is answered and judged it is fewer. */
const MOST_CASES = 500;
const MOST_JUDGED = 50;
/** Tokens that must be left before models are asked at all; what they really took is settled afterwards. */
const JUDGED_TOKENS = 5_000;
const RERANKED_TOKENS = 2_000;
const DAY = 24 * 3600_000;

const relevantSchema = z
  .object({
    document_id: z.string().max(64).optional(),
    document_name: z.string().max(255).optional(),
    chunk_id: z.string().max(100).optional(),
    grade: z.number().min(0).max(10).default(1).describe("0: looked at, and not relevant."),
  })
  .refine(
    (it) => [it.document_id, it.document_name, it.chunk_id].filter(Boolean).length === 1,
    "should name one of document_id, document_name, chunk_id",
  );
const bodySchema = z.object({
  name: z.string().trim().min(1).max(100).default("evaluation"),
  collections: collectionIds.optional(),
  cases: z
    .array(
      z.object({
        query: querySchema,
        relevant: z.array(relevantSchema).max(1_000).default([]),
        answer: z
          .string()
          .max(20_000)
          .optional()
          .describe("To be judged, in the place of one made here."),
      }),
      "should be a list of questions",
    )
    .min(1, "should have at least one")
    .max(MOST_CASES, `should have at most ${MOST_CASES}`),
  configurations: z
    .array(
      z.object({
        name: z.string().trim().min(1).max(100),
        pattern: z.enum(PATTERNS).optional(),
        ...searchFields,
      }),
    )
    .min(1)
    .max(8, "should have at most 8")
    .optional()
    .describe("Ways to search, beside each other. Unless said, as the collections are set."),
  judge: z
    .boolean()
    .default(false)
    .describe("Answers each question, and has JUDGE_MODEL judge that: up to five calls each."),
});

const score = z.number().nullable();
const judgedSchema = z.object({
  context_relevance: score,
  faithfulness: score,
  answer_relevance: score,
  groundedness: score,
  overall: score,
});
const retrievalSchema = z.record(z.string(), z.number()).nullable();
const configurationSchema = z.object({
  name: z.string(),
  configuration: z.string(),
  retrieval: retrievalSchema,
  judged: judgedSchema,
  latency_ms: z.object({ p50: score, p95: score }),
  targets: z.array(
    z.object({
      metric: z.string(),
      target: z.number(),
      better: z.enum(["higher", "lower"]),
      value: score,
      met: z.boolean().nullable().describe("Null where it was not measured."),
    }),
  ),
});
const reportSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    collections: z.array(z.string()),
    cases: z.number().int(),
    notices: z.array(z.string()),
    configurations: z.array(
      configurationSchema.extend({
        cases: z
          .array(
            z.object({
              query: z.string(),
              ranked: z.array(z.string()),
              measures: retrievalSchema,
              latency_ms: z.number(),
              answer: z.string().nullable(),
              judged: judgedSchema.nullable(),
            }),
          )
          .optional(),
      }),
    ),
    created_at: z.string(),
  })
  .meta({ ref: "Evaluation" });
type Report = Pick<z.infer<typeof reportSchema>, "notices" | "configurations">;

const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const rag = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .post(
    "/evaluate",
    describes(
      "documents",
      "Measure search, and where a judge is wanted answers, on labelled questions",
      [{ status: 200, description: "What was measured; it is kept", schema: reportSchema }],
      [...REFUSED, "NOT_FOUND", "BUDGET_EXCEEDED"],
    ),
    takes("json", bodySchema, {
      name: "leave",
      cases: [
        { query: "How many days of leave are there?", relevant: [{ document_name: "leave.md" }] },
      ],
      configurations: [
        { name: "words", mode: "keyword" },
        { name: "both", mode: "hybrid" },
      ],
    }),
    async (c) => {
      const { services, principal } = c.var;
      const body = c.req.valid("json");
      if (body.judge && body.cases.length > MOST_JUDGED)
        throw new AppError(
          "VALIDATION_ERROR",
          `cases: should have at most ${MOST_JUDGED} where judge is true`,
          { field: "cases" },
        );
      const among = await collectionsToSearch(c, body.collections);
      const named = body.collections !== undefined;
      const cases = body.cases.map(({ query, relevant, answer = null }) => ({
        query,
        answer,
        relevant: new Map(
          relevant
            .filter(({ grade }) => grade > 0)
            .map((it) => [it.chunk_id ?? it.document_name ?? it.document_id ?? "", it.grade]),
        ),
      }));
      const configurations = (body.configurations ?? [{ name: "as set" }]).map(
        ({ name, ...settings }) => ({ name, settings }),
      );
      const tokens = cases.reduce((sum, { query }) => sum + estimateTokens(query), 0);
      const runs = configurations.length;
      const expected = {
        embedded: tokens * runs,
        models: body.judge ? JUDGED_TOKENS : asksModels(body) * RERANKED_TOKENS,
      };
      const measured = await paying(c, expected, async (meter) => {
        const all = [];
        for (const configuration of configurations)
          all.push(
            await evaluate(c, meter, { cases, configuration, among, named, judges: body.judge }),
          );
        return all;
      });
      const report: Report = {
        notices: noticesOf(measured, body.judge),
        configurations: measured,
      };
      const row: EvaluationRow = {
        id: newId("eval", services.now()),
        tenant_id: principal.tenant_id,
        user_id: principal.user_id,
        name: body.name,
        collections: among.map(({ id }) => id),
        cases: cases.length,
        // Cases are told once; what is compared later are figures.
        report: {
          ...report,
          configurations: measured.map(({ cases: _cases, ...figures }) => figures),
        },
        created_at: services.now(),
      };
      await insertEvaluation(database(c), row);
      return c.json({ ...reportOf(row), ...report });
    },
  )
  .get(
    "/evaluations",
    describes(
      "documents",
      "What was measured, newest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            evaluations: z.array(reportSchema),
            pagination: paginationSchema,
          }),
        },
      ],
      [...REFUSED],
    ),
    takes("query", z.object(paging)),
    async (c) => {
      const page = pageOf(c.req.valid("query"));
      const { rows, total } = await listEvaluations(database(c), c.var.principal.tenant_id, page);
      return c.json({
        evaluations: rows.map(reportOf),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .get(
    "/evaluations/compare",
    describes(
      "documents",
      "Figures of several evaluations beside each other, and how they differ from the first",
      [
        {
          status: 200,
          description: "A row a configuration",
          schema: z.object({
            rows: z.array(
              z.object({
                evaluation_id: z.string(),
                name: z.string(),
                configuration: z.string(),
                figures: z.record(z.string(), score),
                difference: z.record(z.string(), score).describe("To the first row."),
              }),
            ),
          }),
        },
      ],
      [...REFUSED, "NOT_FOUND"],
    ),
    takes(
      "query",
      z.object({
        ids: z
          .string("is required: ids with commas between them")
          .transform((ids) => ids.split(",").map((id) => id.trim()))
          .pipe(z.array(z.string().min(1)).min(1).max(20)),
      }),
    ),
    async (c) => {
      const { ids } = c.req.valid("query");
      const rows = await evaluationsById(database(c), c.var.principal.tenant_id, ids);
      const missing = ids.find((id) => rows.every((row) => row.id !== id));
      if (missing !== undefined)
        throw new AppError("NOT_FOUND", "No such evaluation. List them with GET.", {
          evaluation_id: missing,
        });
      const compared = ids
        .flatMap((id) => rows.filter((row) => row.id === id))
        .flatMap((row) =>
          reportOf(row).configurations.map((one) => ({
            evaluation_id: row.id,
            name: one.name,
            configuration: one.configuration,
            figures: { ...one.retrieval, ...one.judged, latency_p95_ms: one.latency_ms.p95 },
          })),
        );
      const first: Record<string, number | null> = compared[0]?.figures ?? {};
      return c.json({
        rows: compared.map((row) =>
          Object.assign(row, { difference: differenceOf(row.figures, first) }),
        ),
      });
    },
  )
  .get(
    "/quality",
    describes(
      "documents",
      "Turns that were judged after they had ended, by how was searched for them",
      [
        {
          status: 200,
          description: "Means",
          schema: z.object({
            days: z.number().int(),
            share: z.number().describe("Of turns with sources that are judged."),
            configurations: z.array(
              judgedSchema.extend({
                configuration: z.string(),
                turns: z.number().int(),
                latency_ms: score,
              }),
            ),
          }),
        },
      ],
      [...REFUSED],
    ),
    takes("query", z.object({ days: wholeNumber(1).max(90, "should be at most 90").default(30) })),
    async (c) => {
      const { services, principal } = c.var;
      const { days } = c.req.valid("query");
      const since = services.now() - days * DAY;
      const configurations = await judgedByConfiguration(database(c), principal.tenant_id, since);
      return c.json({ days, share: judgedShare(services.config), configurations });
    },
  );

/** How many of the configurations ask a model. */
function asksModels({ configurations = [] }: z.infer<typeof bodySchema>): number {
  return configurations.filter(({ rerank, expand }) => rerank === "model" || expand === "model")
    .length;
}

const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

function noticesOf(
  measured: readonly { judged: { overall: number | null } }[],
  judges: boolean,
): string[] {
  if (!judges || measured.some(({ judged }) => judged.overall !== null)) return [];
  return [
    "Nothing could be judged: the judge gave no scores. Set JUDGE_MODEL to a model that can (the embedded one cannot).",
  ];
}

function reportOf(row: EvaluationRow): z.infer<typeof reportSchema> {
  const { id, name, collections, cases } = row;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written above, from a Report
  const { notices, configurations } = row.report as Report;
  return {
    id,
    name,
    collections,
    cases,
    notices,
    configurations,
    created_at: new Date(row.created_at).toISOString(),
  };
}

function differenceOf(
  figures: Record<string, number | null>,
  first: Record<string, number | null>,
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => {
      const other = first[name] ?? null;
      return [
        name,
        value === null || other === null ? null : Math.round((value - other) * 10_000) / 10_000,
      ];
    }),
  );
}
