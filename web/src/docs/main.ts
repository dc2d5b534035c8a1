// /docs: the description of the API, to be browsed. All that is shown comes from the document.
import { components, resolved, type Schema, tree, typeOf } from "./schema.ts";
import { el, lazily, prose, sample } from "./elements.ts";

type Media = { schema?: Schema; example?: unknown; examples?: Record<string, Example> };
type Example = { $ref?: string; value?: unknown };
type Content = Record<string, Media>;
type Parameter = Omit<Schema, "required"> & { name: string; required?: boolean; schema?: Schema };
type Answer = {
  description: string;
  content?: Content;
  headers?: Record<string, Omit<Parameter, "name">>;
};
type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, Answer>;
};
type Description = {
  info: { version: string; description: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: typeof components;
};
type Described = { method: string; path: string; operation: Operation };

const SOURCE = "/api/v1/openapi.json";
const search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search" });
const nav = el("nav", { "aria-label": "Operations" });
const main = el("main", {}, "Reading the description …");
const title = el("h1", {}, "Edgewise API");
document.body.append(el("header", {}, title, search, el("a", { href: SOURCE }, "JSON")), nav, main);

function show({ info, tags, paths, ...described }: Description): void {
  Object.assign(components, described.components);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const all = [...tags.map(({ name }) => name), ...operations.flatMap((it) => it.operation.tags)];
  main.replaceChildren(el("p", {}, ...prose(info.description), ` Version ${info.version}.`));
  const menu = el("details", { open: "" }, el("summary", {}, "Operations"));
  for (const tag of new Set(all)) {
    const those = operations.filter(({ operation }) => operation.tags[0] === tag);
    const about = prose(tags.find(({ name }) => name === tag)?.description);
    const id = `tag-${tag.replaceAll(" ", "-")}`;
    const head = [el("h2", { id }, tag), el("p", {}, ...about)];
    main.append(el("section", {}, ...head, ...those.map(chapter)));
    const link = el("a", { href: `#${id}` }, tag);
    menu.append(el("section", {}, link, el("ul", {}, ...those.map(entry))));
  }
  nav.replaceChildren(menu);
  if (matchMedia("(max-width: 50rem)").matches) menu.removeAttribute("open");
  search.addEventListener("input", filter);
  addEventListener("hashchange", openNamed);
  openNamed();
}

const badge = (method: string) => el("b", { class: `method ${method}` }, method);

/** What a search looks at. */
const textOf = ({ method, path, operation: { summary, tags, operationId } }: Described) =>
  `${method} ${path} ${summary} ${tags.join(" ")} ${operationId}`.toLowerCase();

function entry(it: Described) {
  const path = el("span", {}, it.path.replace("/api/v1/", "/"));
  const link = el("a", { href: `#${it.operation.operationId}` }, badge(it.method), " ", path);
  return el("li", { "data-text": textOf(it) }, link);
}

function chapter(it: Described) {
  const { method, path, operation } = it;
  const summary = el("span", {}, ...prose(operation.summary));
  const attributes = { id: operation.operationId, class: "operation", "data-text": textOf(it) };
  return lazily(attributes, [badge(method), " ", el("code", {}, path), " ", summary], () => {
    const { parameters = [], requestBody, responses, security, operationId } = operation;
    const open = security?.length === 0 ? " · nobody has to be signed in" : "";
    return [
      el("small", {}, el("a", { href: `#${operationId}` }, operationId), open),
      ...(parameters.length === 0 ? [] : [el("h3", {}, "Parameters"), tree(fieldsOf(parameters))]),
      ...Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema = {}, example }]) => [
        el("h3", {}, "Body ", el("small", {}, type)),
        tree(schema),
        example === undefined ? "" : sample(example),
      ]),
      el("h3", {}, "Answers"),
      ...Object.entries(responses).map(answer),
    ];
  });
}

/** Parameters, as if they were the fields of a body. */
function fieldsOf(parameters: readonly Parameter[]): Schema {
  const fields = { properties: {} as Record<string, Schema>, required: [] as string[] };
  for (const { name, required, schema, $ref: _, ...it } of parameters.map(resolved)) {
    fields.properties[name] = { ...schema, ...it };
    if (required === true) fields.required.push(name);
  }
  return fields;
}

function answer([status, { description, content = {}, headers = {} }]: [string, Answer]) {
  const head = [el("b", { class: `status s${status[0]}` }, status), " ", ...prose(description)];
  const named = Object.entries(headers).map(([name, header]) =>
    Object.assign(resolved(header), { name }),
  );
  return lazily({ class: "answer" }, head, () => [
    ...Object.entries(content).flatMap(([type, { schema = {}, examples = {} }]) => [
      el("small", {}, `${type} · ${typeOf(schema)}`),
      tree(schema),
      el("div", {}, ...Object.values(examples).map((one) => sample(resolved(one).value))),
    ]),
    el("small", {}, "Headers"),
    tree(fieldsOf(named)),
  ]);
}

/** Leaves what has every one of the words. A chapter in which nothing is left goes by its style. */
function filter(): void {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const each of document.querySelectorAll<HTMLElement>("[data-text]"))
    each.hidden = !words.every((word) => each.dataset["text"]?.includes(word));
}

function openNamed(): void {
  for (const link of nav.querySelectorAll("a"))
    link.ariaCurrent = String(link.hash === location.hash);
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

const response = await fetch(SOURCE);
if (response.ok) {
  const description: Description = await response.json();
  show(description);
} else main.textContent = `${SOURCE} cannot be read (${response.status}). Reload to try again.`;
