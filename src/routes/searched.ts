// What somebody looks for, in a query: words, and what is made of them for the index.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { matchQuery } from "../store/words.ts";

export const searchedSchema = z
  .string("should be what to look for")
  .min(1, "should not be empty")
  .max(500, "should have at most 500 characters");

/** @throws VALIDATION_ERROR naming `field` where there is no word in it */
export function matchOf(owner: Owner, text: string, field: string): string {
  const match = matchQuery(owner, text);
  if (match !== null) return match;
  throw new AppError(
    "VALIDATION_ERROR",
    `${field}: should have at least one word, number or emoji`,
    {
      field,
    },
  );
}
