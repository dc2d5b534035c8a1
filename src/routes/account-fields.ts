// The fields of an account, wherever a request brings them.
import { z } from "zod";
import { AppError } from "../errors.ts";

const printable = (schema: z.ZodString) =>
  schema
    .refine((text) => text.isWellFormed(), "contains half of a surrogate pair; send valid Unicode")
    .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), "contains a control character")
    .refine(
      (text) => !/[\u202a-\u202e\u2066-\u2069]/.test(text),
      "turns the direction of text around",
    );

export const emailSchema = z
  .string("should be an email address")
  .trim()
  .max(254, "should have at most 254 characters")
  .pipe(z.email("should be an email address"));

/** Long enough to be hard to guess; what it is made of is one's own business (NIST SP 800-63B). */
export const passwordSchema = z
  .string("should be text")
  .min(8, "should have at least 8 characters")
  .max(256, "should have at most 256 characters")
  .refine((text) => text.isWellFormed(), "contains half of a surrogate pair; send valid Unicode");

/** No `@`: a username is never taken for an email. */
export const usernameSchema = z
  .string("should be text")
  .trim()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._-]{1,49}$/u,
    "should be 2 to 50 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
  );

export const fullNameSchema = printable(
  z
    .string("should be text")
    .trim()
    .min(1, "should not be empty")
    .max(200, "should have at most 200 characters"),
);

/** Seed 001 answers 400 where an email or username is somebody else's. */
export function takenField(field: "email" | "username"): AppError {
  return new AppError("VALIDATION_ERROR", `${field}: is registered already`, { field });
}
