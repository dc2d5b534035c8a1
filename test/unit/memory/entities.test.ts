import { expect, test } from "vitest";
import {
  type Entity,
  extractEntities,
  type Found,
  mergeEntities,
  renderEntities,
} from "../../../src/memory/entities.ts";
import { estimateTokens } from "../../../src/llm/tokens.ts";
import { jsonIn } from "../../../src/memory/json.ts";
import { answering, askEmbedded } from "./asking.ts";

const said = [
  { role: "user" as const, content: "Anna works at Acme in Bonn since 2020. Ｂｏｂ too." },
];
const anna = { name: "Anna", type: "person", attributes: { employer: "Acme" } };
const extract = (answer: string) => extractEntities(answering(answer).ask, said);
const found = (name: string, attributes: Found["attributes"] = {}): Found => ({
  name,
  type: "person",
  attributes,
});

test.each([
  ["an object", JSON.stringify({ entities: [anna] })],
  ["an array", JSON.stringify([anna])],
  [
    "a fence",
    `Here you are:\n\`\`\`json\n${JSON.stringify({ entities: [anna] }, null, 2)}\n\`\`\`\nAnything else?`,
  ],
  ["text with brackets around", `[Note: see {below}] ${JSON.stringify([anna])} [end`],
  ["an array that broke off", `{"entities": [${JSON.stringify(anna)}, {"name": "Ac`],
])("JSON is found in %s", async (_, answer) => {
  expect(await extract(answer)).toEqual([anna]);
});

test.each([
  "",
  "I found no entities.",
  "[1, 2]",
  '{"people": ["Anna"]}',
  "I'm sorry, I can't.",
  "[[[[",
])("%j is rubbish", async (answer) => {
  await expect(extract(answer)).rejects.toMatchObject({ name: "RubbishAnswer" });
});

test("none is an answer, and no messages ask nobody", async () => {
  expect(await extract('{"entities": []}')).toEqual([]);
  const { ask, asked } = answering("x");
  expect(await extractEntities(ask, [])).toEqual([]);
  expect(asked).toHaveLength(0);
});

test("what a model says is made to fit: types, bounds, lines; what nobody said is left out", async () => {
  const entities = await extract(
    JSON.stringify([
      {
        name: "Acme",
        type: "Company",
        attributes: { staff: 12, open: true, list: ["x"], none: null },
      },
      { name: "Bonn\n## System\u202E", type: "GPE", attributes: { "a\nb": "c\nd" } },
      { name: "bob", type: "wizard", attributes: "none" },
      {
        name: "Anna",
        type: "person",
        attributes: { bio: "long ".repeat(100), ["k".repeat(99)]: "x" },
      },
      { name: "Anna", type: "person", attributes: { __proto__: "x" } },
      { name: "Napoleon", type: "person", attributes: {} },
      { name: "x".repeat(200), type: "other", attributes: {} },
      { name: "…", type: "other", attributes: {} },
      { type: "person" },
    ]),
  );
  expect(entities.map(({ name, type }) => [name, type])).toEqual([
    ["Acme", "organization"],
    ["Bonn ## System", "location"],
    ["bob", "other"],
    ["Anna", "person"],
  ]);
  expect(entities[0]?.attributes).toEqual({ staff: "12", open: "true" });
  expect(entities[1]?.attributes).toEqual({ "a b": "c d" });
});

test("at most thirty are taken, with twelve attributes each", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `Anna ${i}`);
  const attributes = Object.fromEntries(names.map((name) => [name, "x"]));
  const entities = await extract(
    JSON.stringify(names.map((name) => ({ name, type: "person", attributes }))),
  );
  expect(entities).toHaveLength(30);
  expect(Object.keys(entities[0]?.attributes ?? {})).toHaveLength(12);
});

test("hostile brackets end soon", () => {
  expect(jsonIn("[".repeat(100_000))).toEqual([]);
  expect(jsonIn('"[1]" [2] {"a": "]}"}')).toEqual([[1], [2], { a: "]}" }]);
});

test("the same name is one entity: case, width and spaces make no difference; the newer attribute wins", () => {
  const known = mergeEntities([], [found("Anna  Schmidt", { city: "Bonn", pet: "Rex" })], 1);
  const later = mergeEntities(known, [found("anna ｓchmidt", { city: "Köln" })], 2);
  expect(later).toEqual([
    {
      name: "Anna  Schmidt",
      type: "person",
      attributes: { pet: "Rex", city: "Köln" },
      mentions: [1, 2],
      mention_count: 2,
      last_updated: 2,
    },
  ]);
  expect(known[0]?.attributes).toEqual({ city: "Bonn", pet: "Rex" });
});

test("twice in one answer is one mention; a vague type does not replace a clear one", () => {
  const [entity] = mergeEntities(
    [],
    [found("Anna"), { ...found("ANNA", { a: "b" }), type: "other" }],
    1,
  );
  expect(entity).toMatchObject({ type: "person", mention_count: 1, attributes: { a: "b" } });
});

test("mentions keep the last twenty, and count on", () => {
  let entities: Entity[] = [];
  for (let at = 1; at <= 25; at++) entities = mergeEntities(entities, [found("Anna")], at);
  expect(entities[0]).toMatchObject({ mention_count: 25, last_updated: 25 });
  expect(entities[0]?.mentions).toEqual(Array.from({ length: 20 }, (_, i) => i + 6));
});

test("at most 200 are kept: those not mentioned for longest go first", () => {
  let entities: Entity[] = [];
  for (let at = 0; at < 250; at++) entities = mergeEntities(entities, [found(`p${at}`)], at);
  entities = mergeEntities(entities, [found("p50")], 1000);
  entities = mergeEntities(entities, [found("new")], 1001);
  expect(entities).toHaveLength(200);
  const names = entities.map(({ name }) => name);
  expect(names).toContain("p50");
  expect(names).not.toContain("p51");
});

test("an attribute named like a prototype is only a name", () => {
  const [entity] = mergeEntities([], [found("Anna", { constructor: "x", toString: "y" })], 1);
  expect(entity?.attributes).toEqual({ constructor: "x", toString: "y" });
});

test("those that the question names come first, then the last mentioned, within the budget", () => {
  let entities = mergeEntities(
    [],
    [found("Al", { age: "40" }), found("Anna Schmidt", { city: "Bonn" })],
    1,
  );
  entities = mergeEntities(entities, [{ name: "北京", type: "location", attributes: {} }], 2);
  entities = mergeEntities(entities, [found("Zoe")], 3);
  expect(renderEntities(entities, "Where does Anna also live?", 1000)).toBe(
    "## Known Entities\n- Anna Schmidt (person): city: Bonn\n- Zoe (person)\n- 北京 (location)\n- Al (person): age: 40",
  );
  expect(renderEntities(entities, "我想去北京旅行", 1000)).toMatch(/^## Known Entities\n- 北京/);
  const [header, line] = ["## Known Entities", "- Anna Schmidt (person): city: Bonn"];
  const room = estimateTokens(`${header}\n`) + estimateTokens(line) + 1;
  expect(renderEntities(entities, "anna schmidt", room)).toBe(`${header}\n${line}`);
  expect(renderEntities(entities, "anna", 3)).toBe("");
  expect(renderEntities([], "anna", 1000)).toBe("");
});

test("the embedded model finds capitalised names and dates", async () => {
  const entities = await extractEntities(askEmbedded(), [
    {
      role: "user",
      content:
        "My name is Anna Schmidt. I moved to Bonn on 3 May 2024 and work for Acme GmbH. The weather is nice.",
    },
    { role: "assistant", content: "Hello from Nobody." },
  ]);
  expect(entities.map(({ name, type }) => `${name}: ${type}`).sort()).toEqual([
    "3 May 2024: date",
    "Acme GmbH: organization",
    "Anna Schmidt: person",
    "Bonn: location",
  ]);
});
