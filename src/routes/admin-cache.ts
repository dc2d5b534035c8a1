// /admin/cache: how often an answer from before served, and forgetting those that are kept.
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { administrator } from "./administering.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";

const figures = {
  hits: z.number().int(),
  misses: z.number().int(),
  total_requests: z.number().int(),
  hit_rate: z.number().describe("0 to 1."),
};
const figuresSchema = z.object(figures);
const statsSchema = z
  .object({
    ...figures,
    evictions: z.number().int(),
    cache_size: z.number().int().describe("Answers kept for similar questions."),
    exact: figuresSchema.describe("The very same request."),
    semantic: figuresSchema.describe("A question that asks the same in other words."),
  })
  .meta({ ref: "CacheStats" });

const whose = z.object({
  tenant_id: z
    .string()
    .optional()
    .describe("Else your own. Another's: for who administers everybody."),
});
const ADMINISTRATORS = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const cache = new Hono<AppEnv>()
  .get(
    "/cache",
    administrator,
    describes(
      "admin",
      "How often answers were given from what was kept",
      [{ status: 200, description: "Counts since the beginning", schema: statsSchema }],
      [...ADMINISTRATORS],
    ),
    takes("query", whose),
    async (c) => c.json(await answersOf(c, c.req.valid("query").tenant_id).stats()),
  )
  .delete(
    "/cache",
    administrator,
    describes(
      "admin",
      "Forget the answers that are kept; for up to a minute some may still be given elsewhere",
      [
        {
          status: 200,
          description: "How many were kept for similar questions",
          schema: z.object({ cleared: z.number().int() }),
        },
      ],
      [...ADMINISTRATORS],
    ),
    takes("query", whose),
    async (c) => c.json({ cleared: await answersOf(c, c.req.valid("query").tenant_id).clear() }),
  );

/** @throws FORBIDDEN for another tenant than one's own, unless one administers all of them */
function answersOf(c: AppContext, wanted: string | undefined) {
  const { principal, services } = c.var;
  const own = principal.tenant_id;
  if (wanted !== undefined && wanted !== own && administers(principal) !== "everybody")
    throw new AppError("FORBIDDEN", "tenant_id: you administer your own organisation only.", {
      field: "tenant_id",
    });
  return services.answers(wanted ?? own);
}
