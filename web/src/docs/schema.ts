// A schema as a tree that can be read: names, types, what is required, bounds. Deeper levels open when asked.
import { el, lazily, prose } from "./elements.ts";

export type Schema = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  format?: string;
  default?: unknown;
  /** Where a parameter stands. */
  in?: string;
} & { [bound in (typeof RANGES)[number][0 | 1]]?: number };

const RANGES = [
  ["minimum", "maximum", ""],
  ["minLength", "maxLength", " characters"],
  ["minItems", "maxItems", " entries"],
] as const;

export const components: Record<string, Record<string, object>> = {};

/** What something is, or what it refers to. */
export function resolved<T extends { $ref?: string }>(it: T): T {
  const [, , kind = "", name = ""] = it.$ref?.split("/") ?? [];
  return { ...it, ...components[kind]?.[name] };
}

const variants = ({ anyOf, oneOf }: Schema) => anyOf ?? oneOf ?? [];

export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (values !== undefined) return values.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const among = variants(schema).map(typeOf);
  return [...new Set(among.length > 0 ? among : [schema.type ?? "anything"].flat())].join(" | ");
}

function hasFields(schema: Schema): boolean {
  const { properties, items, ...it } = resolved(schema);
  if (properties !== undefined) return Object.keys(properties).length > 0;
  return variants(it).some(hasFields) || (items !== undefined && hasFields(items));
}

export function tree(schema: Schema): HTMLElement {
  const { properties = {}, required = [], items, ...it } = resolved(schema);
  if (items !== undefined && hasFields(items)) return tree(items);
  const [first, ...more] = variants(it).filter(hasFields);
  if (first !== undefined) {
    const others = more.flatMap((one) => [el("p", { class: "or" }, "or"), tree(one)]);
    return el("div", {}, tree(first), ...others);
  }
  if (!hasFields(schema)) return el("p", { class: "type" }, typeOf(schema));
  const fields = Object.entries(properties);
  return el("ul", { class: "tree" }, ...fields.map(([name, one]) => field(name, one, required)));
}

function field(name: string, schema: Schema, required: readonly string[]) {
  const type = el("span", { class: "type" }, typeOf(schema));
  const made = el("li", {}, el("code", {}, name), " ", type, " ");
  if (required.includes(name)) made.append(el("b", {}, "required"), " ");
  made.append(el("small", {}, factsOf(schema)), el("p", {}, ...prose(schema.description)));
  if (hasFields(schema)) made.append(lazily({}, ["fields"], () => [tree(schema)]));
  return made;
}

function factsOf(schema: Schema): string {
  const { in: where, format, default: standard } = schema;
  const facts = [where === undefined ? "" : `in ${where}`, format ?? ""];
  for (const [least, most, of] of RANGES) {
    // Any whole number is bounded by those that JavaScript can count to.
    const [low, high] = [schema[least], schema[most]].map((bound) =>
      Math.abs(bound ?? 0) < Number.MAX_SAFE_INTEGER ? bound?.toLocaleString("en") : undefined,
    );
    if (low !== undefined && high !== undefined) facts.push(`${low} to ${high}${of}`);
    else if (low !== undefined) facts.push(`at least ${low}${of}`);
    else if (high !== undefined) facts.push(`at most ${high}${of}`);
  }
  if (standard !== undefined) facts.push(`unless said ${JSON.stringify(standard)}`);
  return facts.filter((fact) => fact !== "").join(" · ");
}
