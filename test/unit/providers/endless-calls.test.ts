// A model that never stops calling tools, or never comes to the end of a call: it is ended while it writes.
import { describe, expect, test } from "vitest";
import { expectShowable, never, play, request } from "./adapters.ts";
import { data, WIRES } from "./streams.ts";

describe.each(WIRES)("$id", ({ id, of, call, more, end }) => {
  test("arguments that never end are ended, and the connection is closed", async () => {
    const sent = { characters: 0, cancelled: false };
    const piece = (at: number) => (at === 0 ? call('{"a":"') : more("x".repeat(5000)));
    const { events, error } = await play(of({ every: 0, piece }, sent).stream(request("m"), never));
    expect(events.map(({ type }) => type)).toEqual(["tool_call.started"]);
    expect(expectShowable(error, id)).toMatchObject({ kind: "malformed", blames: "request" });
    expect(sent.characters).toBeLessThan(200_000);
    expect(sent.cancelled).toBe(true);
  });

  test("as many as a call may have are whole", async () => {
    const json = `{"a":"${"x".repeat(100_000 - 8)}"}`;
    const pieces = [call(json.slice(0, 6)), ...(json.slice(6).match(/.{1,5000}/g) ?? []).map(more)];
    const written = { every: 0, piece: (at: number) => [...pieces, end, null][at] };
    const sent = { characters: 0, cancelled: false };
    const { events, error } = await play(of(written, sent).stream(request("m"), never));
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["tool_call.started", "tool_call", "finish"]);
  });
});

test("calls without end are ended, too", async () => {
  const openai = WIRES.find(({ id }) => id === "openai");
  if (openai === undefined) throw new Error("no wire");
  const sent = { characters: 0, cancelled: false };
  const piece = (index: number) => {
    const call = { index, id: `c${index}`, function: { name: "f", arguments: "{}" } };
    return data({ choices: [{ delta: { tool_calls: [call] } }] });
  };
  const { events, error } = await play(
    openai.of({ every: 0, piece }, sent).stream(request("m"), never),
  );
  expect(events).toHaveLength(128);
  expect(expectShowable(error, "openai")).toMatchObject({ kind: "malformed", blames: "request" });
  expect(sent.cancelled).toBe(true);
});

test("arguments that the caller's own stop sequence cut are not the provider's failure", async () => {
  for (const { id, of, call, end } of WIRES) {
    const sent = { characters: 0, cancelled: false };
    const pieces = [call('{"a":"'), end, null];
    const { error } = await play(
      of({ every: 0, piece: (at) => pieces[at] }, sent).stream(request("m"), never),
    );
    expect(expectShowable(error, id)).toMatchObject({ kind: "malformed", blames: "request" });
  }
});
