// What a deployment makes of Vectorize, by the commands it runs.
import { expect, test } from "vitest";
import { boundTo, indexNamesIn, makeVectorizeIndex } from "../../../scripts/vectorize.ts";

/** Runs nothing; `listed` is what wrangler says of an index that is there. */
function made(listed: string | null, there = true) {
  const ran: string[] = [];
  const warned: string[] = [];
  const wrangler = {
    run: (args: string[]) => void ran.push(args.join(" ")),
    succeeds: () => there,
    output: () => listed,
  };
  makeVectorizeIndex(wrangler, 256, (message) => warned.push(message));
  return { ran, warned };
}

const listOf = (...names: string[]) =>
  JSON.stringify(names.map((propertyName) => ({ propertyName, indexType: "string" })));
const create = (property: string) =>
  `vectorize create-metadata-index edgewise-knowledge-256 --propertyName=${property} --type=string`;

test("an index is made with its metadata indexes before anything is in it", () => {
  expect(made(null, false)).toEqual({
    ran: [
      "vectorize create edgewise-knowledge-256 --dimensions 256 --metric cosine --no-update-config",
      create("part"),
      create("collection"),
    ],
    warned: [],
  });
});

test("an index that is whole is left alone", () => {
  expect(made(listOf("collection", "part", "another"))).toEqual({ ran: [], warned: [] });
  expect(made(`Some notice\n${listOf("part", "collection")}\n`).ran).toEqual([]);
});

test("a metadata index that is missing is made, and what it does not know is told", () => {
  const { ran, warned } = made(listOf("part"));
  expect(ran).toEqual([create("collection")]);
  expect(warned).toEqual([expect.stringContaining("collection")]);
  expect(made("[]").ran).toHaveLength(2);
});

test("every index that there is is bound by how long its vectors are", () => {
  const listed = JSON.stringify([
    { name: "edgewise-knowledge-1536" },
    { name: "somebody-elses" },
    { name: "edgewise-knowledge-768" },
  ]);
  expect(indexNamesIn(`a line before\n${listed}`)).toEqual([768, 1536]);
  expect(indexNamesIn(null)).toEqual([]);
  expect(boundTo([768])).toContain(
    'binding = "VECTORS_768"\nindex_name = "edgewise-knowledge-768"\nremote = true',
  );
});
