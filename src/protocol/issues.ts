// Zod's issues → the one error a caller sees: which field, and what it should be.
import type { z } from "zod";
import type { Failure } from "../errors.ts";

type Issue = z.core.$ZodIssue;

/** A VALIDATION_ERROR that names the first field in its sentence and lists every one in `details`. */
export function describeIssues(issues: readonly Issue[]): Failure {
  const fields = issues.flatMap(flatten).map((issue) => ({
    field: issue.path.map(String).join(".") || "body",
    problem: issue.message,
  }));
  const first = fields[0] ?? { field: "body", problem: "is not valid" };
  return {
    code: "VALIDATION_ERROR",
    message: `${first.field}: ${first.problem}`,
    details: { field: first.field, fields: fields.slice(0, 20) },
  };
}

/** A union that fails says little of itself; what its nearest branch says is what helps. */
function flatten(issue: Issue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== "invalid_union") return [issue];
  const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0];
  if (nearest === undefined || nearest.length === 0) return [issue];
  return nearest.map((inner) => ({ path: [...issue.path, ...inner.path], message: inner.message }));
}
