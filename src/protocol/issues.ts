// Validation issues → the one error a caller sees: which field, and what it should be.
import type { Failure } from "../errors.ts";

/** An issue of zod, or of the Standard Schema around it. */
type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Of a union: what each branch has to say. */
  readonly errors?: readonly (readonly Issue[])[];
};

/** A VALIDATION_ERROR that names the first field in its sentence and lists every one in `details`. */
export function describeIssues(issues: readonly Issue[]): Failure {
  const fields = issues.flatMap((issue) => flatten(issue, ""));
  const first = fields[0] ?? { field: "body", problem: "is not valid" };
  return {
    code: "VALIDATION_ERROR",
    message: `${first.field}: ${first.problem}`,
    details: { field: first.field, fields: fields.slice(0, 20) },
  };
}

/**
 * A union that fails says little of itself; what its nearest branch says is what helps: one that the
 * value is at least of the kind of, then the one with the least to say.
 */
function flatten(issue: Issue, above: string): { field: string; problem: string }[] {
  const own = (issue.path ?? []).map((step) => String(typeof step === "object" ? step.key : step));
  const field = [above, ...own].filter(Boolean).join(".");
  const nearest =
    issue.errors?.toSorted(
      (a, b) => Number(a.some(isOfTheWhole)) - Number(b.some(isOfTheWhole)) || a.length - b.length,
    )[0] ?? [];
  if (nearest.length > 0) return nearest.flatMap((inner) => flatten(inner, field));
  return [{ field: field || "body", problem: issue.message }];
}

function isOfTheWhole({ path }: Issue): boolean {
  return path === undefined || path.length === 0;
}
