// Bounds that bodies of different resources share.
import { z } from "zod";

/** Text that survives storage and every wire format: no NUL, no half of a surrogate pair. */
export const wellFormed = (schema: z.ZodString) =>
  schema
    .refine(
      (value) => value.isWellFormed(),
      "contains half of a surrogate pair; send valid Unicode",
    )
    .refine((value) => !value.includes("\0"), "contains a NUL character; remove it");

/** Levels of objects and lists that metadata may have: what is deeper breaks those who walk it. */
const DEEPEST = 16;

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** Of what nobody here wrote: no deeper than can be walked, and of so many characters as JSON. */
export const bounded = <S extends z.ZodType>(schema: S, levels: number, characters: number) =>
  schema
    .refine((value) => isShallow(value, levels), {
      error: `should be nested at most ${levels} levels deep`,
      abort: true,
    })
    .refine(
      (value) => JSON.stringify(value).length <= characters,
      `should have at most ${characters / 1024} KB as JSON`,
    );

/** No longer than a row has room for. */
export const small = <S extends z.ZodType>(schema: S) => bounded(schema, DEEPEST, 16_384);

export const metadataSchema = small(z.record(z.string().max(64), z.unknown()));
