// Filters of a search as SQL over the parts that are live. Values are bound, never written into the
// query; names of one's own metadata are values, too.
import { AppError } from "../../errors.ts";
import {
  type Condition,
  FILTER_NAMES,
  type Filters,
  type Scalar,
} from "../../protocol/knowledge.ts";

export type Where = { sql: string; bindings: (string | number)[] };

/** SQLite takes 100 parameters a statement; others need some, too. */
const MOST_PARAMETERS = 80;

/** Columns of `parts` by the names of filters; `head` is JSON. */
const COLUMNS: Record<(typeof FILTER_NAMES)[number], string> = {
  document_id: "parts.document",
  collection_id: "parts.collection",
  document_name: "json_extract(parts.head, '$.name')",
  kind: "json_extract(parts.head, '$.kind')",
  title: "json_extract(parts.head, '$.title')",
  author: "json_extract(parts.head, '$.author')",
  language: "json_extract(parts.head, '$.language')",
  date: "json_extract(parts.head, '$.date')",
};

const isColumn = (name: string): name is keyof typeof COLUMNS =>
  FILTER_NAMES.some((known) => known === name);

/** @throws {AppError} VALIDATION_ERROR where they are more than one statement has room for */
export function whereOf(filters: Filters): Where {
  const all = Object.entries(filters).flatMap(([name, condition]) =>
    comparisons(condition).map((comparison) => sqlOf(name, comparison)),
  );
  const bindings = all.flatMap((it) => it.bindings);
  if (bindings.length > MOST_PARAMETERS)
    throw new AppError("VALIDATION_ERROR", "filters: should have fewer conditions", {
      field: "filters",
    });
  return { sql: all.map(({ sql }) => ` AND ${sql}`).join(""), bindings };
}

type Listed = { op: "in" | "nin"; values: readonly Scalar[] };
type Comparison = Listed | { op: "gt" | "gte" | "lt" | "lte"; value: string | number };

function comparisons(condition: Condition): Comparison[] {
  if (typeof condition !== "object") return [{ op: "in", values: [condition] }];
  if (Array.isArray(condition)) return [{ op: "in", values: condition }];
  const { eq, ne, in: among, nin, gt, gte, lt, lte } = condition;
  return [
    ...(eq === undefined ? [] : [{ op: "in" as const, values: [eq] }]),
    ...(ne === undefined ? [] : [{ op: "nin" as const, values: [ne] }]),
    ...(among === undefined ? [] : [{ op: "in" as const, values: among }]),
    ...(nin === undefined ? [] : [{ op: "nin" as const, values: nin }]),
    ...(gt === undefined ? [] : [{ op: "gt" as const, value: gt }]),
    ...(gte === undefined ? [] : [{ op: "gte" as const, value: gte }]),
    ...(lt === undefined ? [] : [{ op: "lt" as const, value: lt }]),
    ...(lte === undefined ? [] : [{ op: "lte" as const, value: lte }]),
  ];
}

type Test = { test: (value: string) => string; binding: string | number };

function testOf(comparison: Exclude<Comparison, { op: "in" | "nin" }> | Listed): Test {
  if ("values" in comparison)
    return {
      test: (value) => `${value} IN (SELECT value FROM json_each(?))`,
      binding: JSON.stringify(comparison.values),
    };
  const { op, value: limit } = comparison;
  // Text and numbers have no order between them.
  const kind = typeof limit === "string" ? "= 'text'" : "<> 'text'";
  return {
    test: (value) => `(typeof(${value}) ${kind} AND ${value} ${OPERATORS[op]} ?)`,
    binding: limit,
  };
}

const OPERATORS = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

function sqlOf(name: string, comparison: Comparison): Where {
  if (comparison.op === "nin") {
    const { sql, bindings } = sqlOf(name, { op: "in", values: comparison.values });
    return { sql: `NOT coalesce(${sql}, 0)`, bindings };
  }
  const { test, binding } = testOf(comparison);
  if (isColumn(name)) return { sql: test(COLUMNS[name]), bindings: [binding] };
  // A list of one's own holds where any of it does.
  return {
    sql: `EXISTS (
      SELECT 1 FROM json_each(parts.head, '$.metadata') own
      WHERE own.key = ? AND CASE own.type
        WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(own.value) one WHERE ${test("one.value")})
        ELSE ${test("own.value")} END)`,
    bindings: [name, binding, binding],
  };
}
