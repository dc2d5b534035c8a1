// `npm run docs`: writes what is generated of the documentation: the table of variables from the
// schema that validates them, the routing rules from those that are built in, and the drawing of the
// turn from the graph that runs. With `--check` it writes nothing, and fails where a page is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { describeVariables } from "../src/config.ts";
import { DEFAULT_RULES } from "../src/llm/routing/rules.ts";
import { drawGraph, turnGraph } from "../src/turn/graph.ts";

const check = process.argv.includes("--check");

replace("docs/configuration.md", "variables", variables());
replace("docs/routing.md", "rules", rules());
replace("docs/architecture.md", "graph", `\`\`\`mermaid\n${drawGraph(turnGraph)}\n\`\`\``);

function variables(): string {
  const groups = Map.groupBy(describeVariables(), ({ group }) => group);
  return [...groups]
    .map(([group, entries]) => {
      const rows = entries.map(({ name, about, aliases, scaled, default: standard, secret }) => {
        const value =
          standard === undefined
            ? "–"
            : `\`${typeof standard === "string" ? standard : JSON.stringify(standard)}\``;
        const old = [
          ...aliases.map((alias) => `\`${alias}\``),
          ...Object.entries(scaled).map(
            ([alias, factor]) => `\`${alias}\` (in ${factor === 60 ? "minutes" : "days"})`,
          ),
        ];
        const others = old.length === 0 ? "" : ` Also read as ${old.join(", ")}.`;
        return `| \`${name}\` | ${value} | ${about}${others}${secret ? " A secret." : ""} |`;
      });
      return [
        `### ${group}`,
        "",
        "| variable | default | what it does |",
        "| --- | --- | --- |",
        ...rows,
      ].join("\n");
    })
    .join("\n\n");
}

function rules(): string {
  const rows = DEFAULT_RULES.map(({ id, when, tier, why }) => {
    const conditions = Object.entries(when).map(([name, wanted]) =>
      typeof wanted === "boolean"
        ? `${wanted ? "" : "not "}\`${name}\``
        : [
            ...(wanted?.min === undefined ? [] : [`\`${name}\` ≥ ${wanted.min}`]),
            ...(wanted?.max === undefined ? [] : [`\`${name}\` ≤ ${wanted.max}`]),
          ].join(", "),
    );
    return `| \`${id}\` | ${conditions.join(", ") || "everything else"} | ${tier} | ${why} |`;
  });
  return ["| rule | when | tier | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->` in `file`. */
function replace(file: string, name: string, text: string): void {
  const page = readFileSync(file, "utf8");
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(open);
  const to = page.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${file} has no place for ${name}`);
  const next = `${page.slice(0, from + open.length)}\n${text}\n${page.slice(to)}`;
  if (next === page) return;
  if (check) {
    console.error(`${file} is out of date: run \`npm run docs\`.`);
    process.exit(1);
  }
  writeFileSync(file, next);
}
