// A JSON Schema, filled with what stands in a message and with nothing else.
import { z } from "zod";
import type { Found } from "./found.ts";

const schemaSchema = z
  .object({
    type: z.union([z.string(), z.array(z.string())]),
    properties: z.record(z.string(), z.unknown()),
    required: z.array(z.string()),
    items: z.unknown(),
    enum: z.array(z.unknown()),
    const: z.unknown(),
    anyOf: z.array(z.unknown()),
    oneOf: z.array(z.unknown()),
    allOf: z.array(z.unknown()),
    $ref: z.string(),
    $defs: z.record(z.string(), z.unknown()),
    definitions: z.record(z.string(), z.unknown()),
    minimum: z.number(),
    maximum: z.number(),
    minItems: z.number(),
    maxItems: z.number(),
    maxLength: z.number(),
  })
  .partial();
type Schema = z.infer<typeof schemaSchema>;

/** Deeper than any schema that is meant; one that refers to itself ends there. */
const DEEPEST = 12;

type Filling = {
  found: Found;
  root: Schema;
  /** Whether what nothing stands for is given a value all the same, so that the form is kept. */
  total: boolean;
  depth: number;
};

/** Undefined where something required does not stand in the message. */
export const fillIfFound = (schema: unknown, found: Found): unknown =>
  fill(schema, "", { found, root: read(schema), total: false, depth: 0 });

/** A value of the schema's form, whatever stands in the message. */
export const fillWholly = (schema: unknown, found: Found): unknown =>
  fill(schema, "", { found, root: read(schema), total: true, depth: 0 });

function read(schema: unknown): Schema {
  const parsed = schemaSchema.safeParse(schema);
  return parsed.success ? parsed.data : {};
}

function fill(given: unknown, name: string, filling: Filling): unknown {
  const schema = resolved(read(given), filling);
  const deeper = { ...filling, depth: filling.depth + 1 };
  if (filling.depth > DEEPEST) return filling.total ? null : undefined;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return oneOf(schema.enum, name, filling);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return firstOf(options, name, deeper);
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const type = types.find((it) => it !== "null") ?? (schema.properties ? "object" : types[0]);
  const nullable = types.includes("null");
  switch (type) {
    case "object":
      return objectOf(schema, deeper);
    case "array":
      return arrayOf(schema, name, deeper);
    case "number":
    case "integer":
      return numberOf(schema, name, type === "integer", nullable, filling);
    case "boolean":
      return booleanOf(name, nullable, filling);
    case "null":
      return null;
    default:
      return stringOf(schema, name, nullable, filling);
  }
}

function resolved(schema: Schema, { root }: Filling): Schema {
  const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(schema.$ref ?? "")?.[1];
  const referred = name === undefined ? undefined : (root.$defs ?? root.definitions)?.[name];
  const all = [...(referred === undefined ? [] : [referred]), ...(schema.allOf ?? [])].map(read);
  if (all.length === 0) return schema;
  const merged: Schema = Object.assign({}, ...all, {
    ...schema,
    $ref: undefined,
    allOf: undefined,
  });
  merged.properties = Object.assign({}, ...all.map((it) => it.properties), schema.properties);
  merged.required = all.flatMap((it) => it.required ?? []).concat(schema.required ?? []);
  return merged;
}

function oneOf(values: readonly unknown[], name: string, { found, total }: Filling): unknown {
  const named = found.named(name)?.toLowerCase();
  const stands = (value: unknown) =>
    value !== null &&
    new RegExp(`(?<![\\p{L}\\p{N}])${escaped(asText(value))}(?![\\p{L}\\p{N}])`, "iu").test(
      found.text,
    );
  const matching =
    values.find((value) => asText(value).toLowerCase() === named) ?? values.find(stands);
  if (matching !== undefined || !total) return matching;
  return values.includes(null) ? null : values[0];
}

function firstOf(options: readonly unknown[], name: string, filling: Filling): unknown {
  for (const option of options) {
    const value = fill(option, name, { ...filling, total: false });
    if (value !== undefined && value !== null) return value;
  }
  const none = options.find((option) => read(option).type === "null");
  return filling.total ? fill(none ?? options[0], name, filling) : undefined;
}

function objectOf({ properties = {}, required = [] }: Schema, filling: Filling): unknown {
  const value: Record<string, unknown> = {};
  // What has to be there takes first; what may be there takes what is left.
  const names = Object.keys(properties);
  for (const name of [...names.filter((it) => required.includes(it)), ...names]) {
    if (name in value) continue;
    const total = filling.total && required.includes(name);
    const filled = fill(properties[name], name, { ...filling, total });
    if (filled !== undefined) value[name] = filled;
    else if (required.includes(name)) return undefined;
  }
  return value;
}

function arrayOf(schema: Schema, name: string, filling: Filling): unknown {
  const { minItems = 0, maxItems = 20 } = schema;
  const values: unknown[] = [];
  while (values.length < maxItems) {
    const value = fill(schema.items, name, { ...filling, total: false });
    if (value === undefined || value === null || holdsNothing(value)) break;
    if (values.includes(value)) break; // `name: value` is found again and again
    values.push(value);
  }
  while (values.length < minItems && filling.total) values.push(fill(schema.items, "", filling));
  if (filling.total) return values;
  return values.length >= Math.max(1, minItems) ? values : undefined;
}

const holdsNothing = (value: unknown) =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

function numberOf(
  { minimum = -Infinity, maximum = Infinity }: Schema,
  name: string,
  whole: boolean,
  nullable: boolean,
  { found, total }: Filling,
): number | null | undefined {
  const named = Number(found.named(name) ?? Number.NaN);
  const usable = Number.isFinite(named) && (!whole || Number.isInteger(named));
  const value = usable ? named : found.number(whole);
  if (value !== undefined && value >= minimum && value <= maximum) return value;
  if (!total) return undefined;
  return nullable ? null : Math.min(maximum, Math.max(minimum, value ?? 0));
}

function booleanOf(
  name: string,
  nullable: boolean,
  { found, total }: Filling,
): boolean | null | undefined {
  const named = found.named(name)?.toLowerCase();
  if (named !== undefined && /^(true|yes|on)\b/.test(named)) return true;
  if (named !== undefined && /^(false|no|off)\b/.test(named)) return false;
  if (!total) return undefined;
  return nullable ? null : false;
}

function stringOf(
  { maxLength }: Schema,
  name: string,
  nullable: boolean,
  { found, total }: Filling,
): string | null | undefined {
  const value = found.named(name) ?? found.quoted();
  if (value === undefined && !total) return undefined;
  if (value === undefined && nullable) return null;
  return (value ?? found.text.trim()).slice(0, maxLength).toWellFormed();
}

const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
