// Pages of lists by number: what they take and what they say of themselves.
import { z } from "zod";

export const wholeNumber = (least: number) => {
  const should = `should be a whole number, at least ${least}`;
  return z.coerce.number(should).int(should).min(least, should);
};
const size = () => wholeNumber(1).max(100, "should be at most 100");

/** `limit` and `offset`, or `page` (from 1) and `size` (seed 001). */
export const paging = {
  limit: size().optional(),
  offset: wholeNumber(0).optional(),
  page: wholeNumber(1).optional(),
  size: size().optional(),
};

type Paging = { [name in keyof typeof paging]?: number | undefined };
type Page = { limit: number; offset: number };

/** @param standard rows of a page where nobody says how many */
export function pageOf({ limit, offset, page = 1, size: ofSize }: Paging, standard = 20): Page {
  const rows = limit ?? ofSize ?? standard;
  return { limit: rows, offset: offset ?? (page - 1) * rows };
}

export const paginationSchema = z
  .object({
    total: z.number().int(),
    limit: z.number().int(),
    offset: z.number().int(),
    has_more: z.boolean(),
    next_cursor: z
      .string()
      .nullable()
      .describe("Null at the end, and where pages go by number alone."),
  })
  .meta({ ref: "Pagination" });

export function paginationOf({ limit, offset }: Page, rows: readonly unknown[], total: number) {
  return { total, limit, offset, has_more: offset + rows.length < total, next_cursor: null };
}
