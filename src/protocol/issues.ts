// Validation issues → the one error a caller sees: which field, and what it should be.
import type { Failure } from "../errors.ts";

type Step = PropertyKey | { readonly key: PropertyKey };
/** An issue of zod, or of the Standard Schema around it. */
type Issue = {
  readonly message: string;
  readonly path?: readonly Step[] | undefined;
  /** Zod's own word for its kind. */
  readonly code?: string;
  /** What is too small or too big. */
  readonly origin?: string;
  /** Of a union: what each branch has to say. */
  readonly errors?: readonly (readonly Issue[])[];
};

/** What is wrong with a field, as a word. */
export type Problem =
  | "missing"
  | "wrong_type"
  | "too_short"
  | "too_long"
  | "too_few"
  | "too_many"
  | "too_small"
  | "too_large"
  | "invalid";
type Field = { field: string; problem: string; code: Problem };

/**
 * A VALIDATION_ERROR that names the first field in its sentence and lists every one in `details`.
 * @param value what was validated
 */
export function describeIssues(issues: readonly Issue[], value: unknown): Failure {
  const fields = issues.flatMap((issue) => flatten(issue, [], value));
  const first = fields[0] ?? { field: "body", problem: "is not valid" };
  return {
    code: "VALIDATION_ERROR",
    message: `${first.field}: ${first.problem}`,
    details: { field: first.field, fields: fields.slice(0, 20) },
  };
}

/** What zod says of a union for which nobody wrote a sentence. */
const UNTOLD = "Invalid input";

/**
 * A union that fails says little of itself; what its nearest branch says is what helps: one that the
 * value is at least of the kind of, then the one with the least to say. Where it is of no branch's kind,
 * the union's own sentence names them all.
 */
function flatten(issue: Issue, above: readonly PropertyKey[], value: unknown): Field[] {
  const path = [
    ...above,
    ...(issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step)),
  ];
  const nearest = issue.errors?.toSorted((a, b) => far(a) - far(b) || a.length - b.length)[0] ?? [];
  const own = far(nearest) === OF_NO_KIND && issue.message !== UNTOLD;
  if (nearest.length > 0 && !own) return nearest.flatMap((inner) => flatten(inner, path, value));
  const field = path.map(String).join(".") || "body";
  return [{ field, problem: issue.message, code: problemOf(issue, at(value, path)) }];
}

const OF_NO_KIND = 2;

/** Fields that say of what kind a value is. */
const KINDS: ReadonlySet<unknown> = new Set(["type"]);

/** How far a value is from what a branch takes. */
function far(branch: readonly Issue[]): number {
  const whole = branch.filter(({ path = [] }) => path.length === 0);
  const ofNoKind =
    whole.some(({ code }) => code === "invalid_type" || code === "invalid_value") ||
    branch.some(
      ({ code, path = [] }) =>
        code === "invalid_value" && path.length === 1 && KINDS.has(keyOf(path[0])),
    );
  return ofNoKind ? OF_NO_KIND : Math.min(whole.length, 1);
}

const keyOf = (step: Step | undefined) => (typeof step === "object" ? step.key : step);

const BELOW: Record<string, Problem> = { string: "too_short", array: "too_few" };
const ABOVE: Record<string, Problem> = { string: "too_long", array: "too_many" };

function problemOf({ code, origin }: Issue, value: unknown): Problem {
  if (value === undefined) return "missing";
  if (code === "too_small") return BELOW[origin ?? ""] ?? "too_small";
  if (code === "too_big") return ABOVE[origin ?? ""] ?? "too_large";
  return code === "invalid_type" ? "wrong_type" : "invalid";
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path)
    found = typeof found === "object" && found !== null ? Reflect.get(found, step) : undefined;
  return found;
}
