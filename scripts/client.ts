// `npm run build:client`: builds the client into client/dist, a package without dependencies. In the
// repository its types come from the schemas that validate; here they are written out, so that whoever
// takes the package needs neither those nor their library. Compares what it wrote with where it came from.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import edgewise from "../package.json" with { type: "json" };

type Json = z.core.JSONSchema.BaseSchema | boolean;

/** A type that a schema has. */
const NAMED = /^export type (\w+) = z\.(output|input)<typeof (\w+)>;$/gm;

const root = resolve(import.meta.dirname, "..");
const built = mkdtempSync(join(tmpdir(), "edgewise-client-"));
const dist = join(root, "client/dist");
async function build(): Promise<void> {
  tsc("-p", join(root, "client/tsconfig.build.json"), "--outDir", built);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const emitted = join(built, "client");
  for (const name of readdirSync(emitted)) {
    // tsc rewrites the endings of imports in code, and leaves those in declarations.
    const text = readFileSync(join(emitted, name), "utf8");
    writeFileSync(join(dist, name), text.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
  }
  const types = await standing(readFileSync(join(emitted, "types.d.ts"), "utf8"));
  writeFileSync(join(dist, "types.d.ts"), types);
  writeFileSync(join(dist, "package.json"), `${JSON.stringify(packageJson, null, 2)}\n`);
  const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--ignoreConfig"];
  const platform = ["--target", "ES2022", "--lib", "ES2024,DOM", "--types", ""];
  // As somebody has it who has nothing else.
  tsc(...strict, ...platform, "--skipLibCheck", "false", join(dist, "index.d.ts"));
  const same = join(dist, "same.ts");
  writeFileSync(same, comparison());
  tsc(
    ...strict,
    ...platform,
    "--module",
    "ESNext",
    "--moduleResolution",
    "Bundler",
    "--allowImportingTsExtensions",
    same,
  );
  rmSync(same);
}

/**
 * A program that has a type error where a type that was written out is another one than its schema's. Of
 * what is sent, the schema's type may leave more open than its JSON Schema.
 */
function comparison(): string {
  const source = readFileSync(join(root, "client/types.ts"), "utf8");
  const lines = [...source.matchAll(NAMED)].map(([, name = "", io]) => {
    const back = io === "output" ? `Fits<schema.${name}, written.${name}>` : "true";
    return `export const ${name}: Fits<written.${name}, schema.${name}> & ${back} = true;`;
  });
  return [
    'import type * as schema from "../types.ts";',
    'import type * as written from "./index.js";',
    "type Fits<A, B> = [A] extends [B] ? true : false;",
    ...lines,
  ].join("\n");
}

const packageJson = {
  name: "@edgewise/client",
  version: edgewise.version,
  description: "Edgewise for programs and pages: fetch, WebSocket, and nothing else.",
  license: "MIT",
  type: "module",
  exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  sideEffects: false,
};

try {
  await build();
} finally {
  rmSync(built, { recursive: true });
}

function tsc(...flags: string[]): void {
  const { status, stdout } = spawnSync("tsc", flags, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(stdout);
}

/** Declarations that name schemas → the same, written out. */
async function standing(declarations: string): Promise<string> {
  const schemas = await schemasOf(declarations);
  const named = [
    ...declarations.matchAll(/^export type (\w+) = z\.(output|input)<typeof (\w+)>;$/gm),
  ];
  const written = new Map<string, string>();
  for (const io of ["output", "input"] as const) {
    const registry = z.registry<{ id: string }>();
    for (const [, name = "", as, schema = ""] of named)
      if (as === io) registry.add(schemas.get(schema) ?? missing(schema), { id: name });
    const made = z.toJSONSchema(registry, { io, unrepresentable: "any", uri: (id) => id });
    for (const [name, json] of Object.entries(made.schemas))
      written.set(name, `export type ${name} = ${typeOf(json)};`);
  }
  return declarations
    .replaceAll(/^import type [^;]+;\n/gm, "")
    .replaceAll(
      /^export type (\w+) = z\..*$/gm,
      (_, name: string) => written.get(name) ?? missing(name),
    )
    .replace(
      /^export type \{[^}]*\} from "(.*)events\.d?\.?ts";$/m,
      typesIn("src/protocol/events.d.ts"),
    );
}

async function schemasOf(declarations: string): Promise<Map<string, z.ZodType>> {
  const schemas = new Map<string, z.ZodType>();
  for (const [, names = "", path = ""] of declarations.matchAll(
    /^import type \{([^}]+)\} from "\.\.\/(src[^"]+)\.\w+";$/gm,
  )) {
    const module: Record<string, z.ZodType> = await import(
      join(root, `${path.replace(/\.d$/, "")}.ts`)
    );
    for (const name of names
      .split(",")
      .map((it) => it.trim())
      .filter(Boolean))
      schemas.set(name, module[name] ?? missing(name));
  }
  return schemas;
}

/** The types of a module that imports nothing but such as the client names, too. */
function typesIn(path: string): string {
  const statements = readFileSync(join(built, path), "utf8").split(/^(?=export |import )/m);
  return statements
    .filter((it) => it.startsWith("export type"))
    .join("")
    .trim();
}

function missing(name: string): never {
  throw new Error(`client/types.ts names ${name}, which is no schema`);
}

function typeOf(json: Json): string {
  if (typeof json === "boolean") return json ? "unknown" : "never";
  if (json.$ref !== undefined) return json.$ref;
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.enum !== undefined) return json.enum.map((it) => JSON.stringify(it)).join(" | ");
  const several = json.anyOf ?? json.oneOf;
  if (several !== undefined) return [...new Set(several.map(typeOf))].join(" | ");
  const types = [json.type].flat();
  return types.map((type) => typeNamed(type, json)).join(" | ");
}

function typeNamed(type: string | undefined, json: Exclude<Json, boolean>): string {
  switch (type) {
    case "object":
      return objectOf(json);
    case "array":
      return arrayOf(json);
    case "integer":
      return "number";
    case "string":
    case "number":
    case "boolean":
    case "null":
      return type;
    default:
      return "unknown";
  }
}

function arrayOf({ items }: Exclude<Json, boolean>): string {
  const item = items === undefined || Array.isArray(items) ? "unknown" : typeOf(items);
  return /^\w+$/.test(item) ? `${item}[]` : `(${item})[]`;
}

function objectOf({
  properties,
  required = [],
  additionalProperties,
}: Exclude<Json, boolean>): string {
  if (properties === undefined)
    return `{ [name: string]: ${typeOf(additionalProperties ?? true)} }`;
  const lines = Object.entries(properties).map(([name, json]) => {
    const said = typeof json === "boolean" ? undefined : json.description;
    const type = required.includes(name) ? `: ${typeOf(json)}` : `?: ${typeOf(json)} | undefined`;
    return `${said === undefined ? "" : `/** ${said} */\n`}${name}${type};`;
  });
  return `{\n${lines.join("\n").replaceAll(/^/gm, "    ")}\n}`;
}
