// What was condensed: each digest stands at the message up to which it tells. A branch that begins
// above that message knows nothing of it, so no branch ever hears of another.
import { z } from "zod";
import { type Entity, ENTITY_TYPES } from "../memory/entities.ts";
import type { Sql } from "../store/sql.ts";
import { type Place, upward } from "./path.ts";

const entitySchema: z.ZodType<Entity> = z.object({
  name: z.string(),
  type: z.enum(ENTITY_TYPES),
  attributes: z.record(z.string(), z.string()),
  mentions: z.array(z.number()),
  mention_count: z.number(),
  last_updated: z.number(),
});

const digestSchema = z.object({
  /** "" where only entities were gathered. */
  summary: z.string(),
  topics: z.array(z.string()),
  entities: z.array(entitySchema),
  /** Messages above it that it tells nothing of: they were too many. */
  left_out: z.number().default(0),
});
export type Digest = z.infer<typeof digestSchema>;

type At = Pick<Place, "branch" | "depth">;

/** The digest that tells the most of the way from a place up to the beginning. */
export function readDigest(sql: Sql, from: At): { digest: Digest; depth: number } | null {
  for (const { branch, from_depth, through_depth } of upward(sql, from)) {
    const row = sql.first<{ depth: number; body: string }>(
      "SELECT depth, body FROM summaries WHERE branch = ? AND depth BETWEEN ? AND ? ORDER BY depth DESC LIMIT 1",
      branch,
      from_depth,
      through_depth,
    );
    if (row !== null) return { depth: row.depth, digest: digestSchema.parse(JSON.parse(row.body)) };
  }
  return null;
}

/** The digest that was made last, of whatever branch: all that an archived conversation has. */
export function lastDigest(sql: Sql): Digest | null {
  const row = sql.first<{ body: string }>(
    "SELECT body FROM summaries ORDER BY created_at DESC LIMIT 1",
  );
  return row === null ? null : digestSchema.parse(JSON.parse(row.body));
}

export function writeDigest(sql: Sql, at: At, digest: Digest, now: number): void {
  sql.run(
    "INSERT OR REPLACE INTO summaries (branch, depth, body, created_at) VALUES (?, ?, ?, ?)",
    at.branch,
    at.depth,
    JSON.stringify(digest),
    now,
  );
}

/** What was condensed from `depth` on may tell of a message that is gone. */
export function dropDigests(sql: Sql, depth: number): void {
  sql.run("DELETE FROM summaries WHERE depth >= ?", depth);
}
