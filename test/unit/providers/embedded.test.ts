// What the embedded model makes of tools, forms and pictures: only what stands in the message.
import { expect, test } from "vitest";
import type { ModelRequest } from "../../../src/llm/provider.ts";
import { embeddedProvider } from "../../../src/llm/providers/embedded/provider.ts";
import { expectOrder, never, play, request, textOf } from "./adapters.ts";

const provider = embeddedProvider({ delay: 0, sleep: () => Promise.resolve() });

async function asked(message: string, rest: Partial<ModelRequest>) {
  const messages = [{ role: "user" as const, content: message }];
  const { events, error } = await play(
    provider.stream(request("edgewise-embedded", { messages, ...rest }), never),
  );
  expect(error).toBeUndefined();
  expectOrder(events, true);
  return {
    text: textOf(events),
    calls: events.flatMap((it) => (it.type === "tool_call" ? [it.call] : [])),
    end: events.at(-1),
  };
}

const tool = (name: string, properties: object, required: string[] = Object.keys(properties)) => ({
  name,
  description: "",
  parameters: { type: "object", properties, required },
});
const string = { type: "string" };
const number = { type: "number" };
const weather = tool("get_weather", { city: string, days: { type: "integer" } }, ["city"]);
const add = tool("add_numbers", { a: number, b: number });

test.each<[string, Partial<ModelRequest>, unknown[]]>([
  ['Please get the weather for "Bonn"', { tools: [weather] }, [["get_weather", { city: "Bonn" }]]],
  [
    "get_weather city: Bonn, 3 days",
    { tools: [weather] },
    [["get_weather", { city: "Bonn", days: 3 }]],
  ],
  ["Add the numbers 2 and 40.5", { tools: [add, weather] }, [["add_numbers", { a: 2, b: 40.5 }]]],
  ["What time is it? Call now()", { tools: [tool("now", {})] }, [["now", {}]]],
  [
    'Say "hello"',
    { tools: [weather], tool_choice: { name: "get_weather" } },
    [["get_weather", { city: "hello" }]],
  ],
  ['How are you, "Bonn"?', { tools: [weather] }, []],
  ['get_weather "Bonn"', { tools: [weather], tool_choice: "none" }, []],
])("%s calls what it plainly names", async (message, rest, expected) => {
  const { calls, end } = await asked(message, rest);
  const called = calls.map(({ name, arguments: json }) => [name, JSON.parse(json) as unknown]);
  expect(called).toEqual(expected);
  expect(end).toMatchObject({
    reason: { unified: expected.length > 0 ? "tool_calls" : "stop" },
  });
});

test("what is missing is asked for, even where a tool has to be called", async () => {
  for (const tool_choice of ["auto", "required"] as const) {
    const { text, calls } = await asked("Get the weather", { tools: [weather], tool_choice });
    expect(calls).toEqual([]);
    expect(text).toContain("To call `get_weather` I need `city`");
  }
});

test("what a tool answered is quoted, and its calls have ids of their own", async () => {
  const call = { id: "call_0", name: "get_weather", arguments: "{}" };
  const history: ModelRequest["messages"] = [
    { role: "user", content: "get_weather" },
    { role: "assistant", content: "", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_0", content: "Rain in Bonn" },
  ];
  expect((await asked("", { messages: history, tools: [weather] })).text).toContain(
    "> Rain in Bonn",
  );
  const next = { role: "user" as const, content: 'And get_weather for "Ulm"' };
  const again = await asked("", { messages: [...history, next], tools: [weather] });
  expect(again.calls).toMatchObject([{ id: "call_1", arguments: '{"city":"Ulm"}' }]);
});

test("JSON of a schema has its form, filled from the message", async () => {
  const schema = {
    type: "object",
    properties: {
      title: string,
      count: { type: "integer", minimum: 1 },
      price: { type: ["number", "null"] },
      mood: { enum: ["happy", "sad"] },
      urgent: { type: "boolean" },
      tags: { type: "array", items: string },
      owner: { $ref: "#/$defs/person" },
      note: { anyOf: [string, { type: "null" }] },
    },
    required: ["title", "count", "price", "mood", "urgent", "tags", "owner", "note"],
    $defs: { person: { type: "object", properties: { name: string }, required: ["name"] } },
  };
  const format = { type: "json_schema" as const, name: "a", schema, strict: true };
  const { text } = await asked('Title "Tides", 3 copies, sad, urgent: yes, "moon" and "sea"', {
    response_format: format,
  });
  expect(JSON.parse(text)).toEqual({
    title: "Tides",
    count: 3,
    price: null,
    mood: "sad",
    urgent: true,
    tags: ["moon", "sea"],
    owner: { name: expect.any(String) as string },
    note: null,
  });
  const bare = JSON.parse((await asked("Hm", { response_format: format })).text) as unknown;
  expect(bare).toEqual({
    title: "Hm",
    count: 1,
    price: null,
    mood: "happy",
    urgent: false,
    tags: [],
    owner: { name: "Hm" },
    note: null,
  });
});

test("JSON of any form says what was found", async () => {
  const { text } = await asked('Ask "Ada" about 7 things', {
    response_format: { type: "json_object" },
  });
  expect(JSON.parse(text)).toMatchObject({ quoted: ["Ada"], numbers: [7] });
});

test("a schema that refers to itself ends", async () => {
  const node = {
    type: "object",
    properties: { next: { $ref: "#/$defs/node" } },
    required: ["next"],
  };
  const schema = { $ref: "#/$defs/node", $defs: { node } };
  const { text } = await asked("Hm", {
    response_format: { type: "json_schema", name: "a", schema, strict: true },
  });
  expect(JSON.parse(text)).toBeTypeOf("object");
});

test("pictures are not pretended to be seen", async () => {
  const images = [{ url: "data:image/png;base64,AAAA" }];
  const { text } = await asked("", {
    messages: [{ role: "user", content: "What is it?", images }],
  });
  expect(text).toContain("cannot see pictures");
});
