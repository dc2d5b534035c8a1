// The error body as a schema: for stored errors, and for the description of the API.
import { z } from "zod";
import { type ErrorCode, STATUS_OF } from "../errors.ts";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its keys are the codes, by its type
const codes = Object.keys(STATUS_OF) as ErrorCode[];

export const errorSchema = z
  .object({
    code: z.enum(codes),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
    request_id: z.string().optional(),
  })
  .meta({ ref: "Error" });
