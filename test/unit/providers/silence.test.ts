// What counts as a model's silence and what does not, and that nobody waits for one that is silent.
import { describe, expect, test } from "vitest";
import { attempt } from "../../../src/llm/attempt.ts";
import { Meter } from "../../../src/llm/calls.ts";
import { withDeadline } from "../../../src/llm/deadline.ts";
import type { ModelEvent, Progress, Provider } from "../../../src/llm/provider.ts";
import { never, request } from "./adapters.ts";
import { WIRES } from "./streams.ts";

/** Everything, signs of life included. */
async function all(events: AsyncIterable<ModelEvent | Progress>) {
  const seen: (ModelEvent | Progress)[] = [];
  try {
    for await (const event of events) seen.push(event);
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

const newSent = () => ({ characters: 0, cancelled: false });

describe.each(WIRES)("$id", ({ of, nothing, text, call, more, end }) => {
  test("a vendor that has nothing to tell yet, and says so, is not silent", async () => {
    const pieces = [...Array<string>(12).fill(nothing), text, end, null];
    const provider = of({ every: 40, piece: (at) => pieces[at] }, newSent());
    const patience = { first: 150, between: 150 };
    const { seen, error } = await all(withDeadline(provider, request("m"), never, patience));
    expect(error).toBeUndefined();
    expect(seen.filter(({ type }) => type === "progress").length).toBeGreaterThan(3);
    expect(seen.at(-1)?.type).toBe("finish");
  });

  test("nor is one that writes a tool's arguments, and they are told as they come", async () => {
    const pieces = [call('{"a":"'), ...Array<string>(12).fill(more("x")), more('"}'), end, null];
    const provider = of({ every: 40, piece: (at) => pieces[at] }, newSent());
    const patience = { first: 150, between: 150 };
    const { seen, error } = await all(withDeadline(provider, request("m"), never, patience));
    expect(error).toBeUndefined();
    const fragments = seen
      .map((event) => (event.type === "progress" ? event.arguments : ""))
      .join("");
    expect(fragments).toBe(`{"a":"${"x".repeat(12)}"}`);
    expect(seen.find(({ type }) => type === "tool_call")).toMatchObject({
      call: { name: "f", arguments: fragments },
    });
  });

  test("a cancel within a tool's arguments is booked with what came of them", async () => {
    const meter = new Meter(Date.now);
    const pieces = [call('{"text":"'), more("once upon a time ".repeat(100))];
    const provider = of({ every: 0, piece: (at) => pieces[at] }, newSent());
    const leaving = new AbortController();
    const patience = { first: 1000, between: 1000 };
    setTimeout(() => leaving.abort(new Error("left")), 100);
    const { seen } = await all(attempt(provider, request("m"), leaving.signal, meter, patience));
    expect(seen.map(({ type }) => type)).toEqual(["tool_call.started"]);
    const [booked] = meter.calls();
    expect(booked).toMatchObject({ outcome: "cancelled", estimated: true });
    expect(booked?.usage.completion).toBeGreaterThan(300);
    expect(booked?.ttft_ms).not.toBeNull();
  });

  test.each([
    ["before its first event", [] as string[]],
    ["in the middle of its text", [text, text]],
    ["within a tool's arguments", [call('{"a":"')]],
  ])("an abort ends a stream that never ends, %s", async (_, pieces) => {
    const sent = newSent();
    const provider = of({ every: 0, piece: (at) => pieces[at] }, sent);
    const leaving = new AbortController();
    const reason = new Error("left");
    setTimeout(() => leaving.abort(reason), 50);
    const { seen, error } = await all(provider.stream(request("m"), leaving.signal));
    expect(error).toBe(reason);
    expect(seen.map(({ type }) => type)).not.toContain("finish");
    expect(sent.cancelled).toBe(true);
  });

  test("silence in the middle of an answer ends it, and the connection", async () => {
    const sent = newSent();
    const pieces = [text];
    const provider = of({ every: 0, piece: (at) => pieces[at] }, sent);
    const patience = { first: 2000, between: 50 };
    const { seen, error } = await all(withDeadline(provider, request("m"), never, patience));
    expect(seen.filter(({ type }) => type === "text")).toHaveLength(1);
    expect(error).toMatchObject({ kind: "timeout", blames: "provider" });
    await expect.poll(() => sent.cancelled).toBe(true);
  });
});

/** A provider that heeds nothing. */
function heedless(stream: () => AsyncIterable<ModelEvent | Progress>): Provider {
  return {
    id: "p",
    defaultModel: "m",
    cheapModel: undefined,
    timeout: 1000,
    contextTokens: () => 1000,
    tiers: {},
    capabilities: () => ({ tools: false, images: false, json_schema: false, reasoning: false }),
    stream,
    list: () => Promise.resolve([]),
  };
}

async function* hangs(): AsyncGenerator<ModelEvent> {
  yield { type: "text", text: "Hi" };
  await new Promise(() => undefined);
}

test("a stream that ignores its abort holds nobody: neither in silence nor after a cancel", async () => {
  const silent = await all(
    withDeadline(heedless(hangs), request("m"), never, { first: 1000, between: 30 }),
  );
  expect(silent).toMatchObject({ seen: [{ type: "text" }], error: { kind: "timeout" } });
  const leaving = new AbortController();
  const reason = new Error("left");
  setTimeout(() => leaving.abort(reason), 30);
  const left = await all(
    withDeadline(heedless(hangs), request("m"), leaving.signal, { first: 1000, between: 1000 }),
  );
  expect(left.error).toBe(reason);
});

test("a cancel between two events is not forgotten", async () => {
  const leaving = new AbortController();
  const reason = new Error("left");
  const events = withDeadline(heedless(hangs), request("m"), leaving.signal, {
    first: 1000,
    between: 1000,
  });
  const reading = (async () => {
    for await (const event of events) if (event.type === "text") leaving.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
});

test("whoever reads slowly is not the model's silence", async () => {
  async function* quick(): AsyncGenerator<ModelEvent> {
    for (let i = 0; i < 3; i++) yield { type: "text", text: "Hi" };
    yield { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: undefined };
  }
  const events = withDeadline(heedless(quick), request("m"), never, { first: 20, between: 20 });
  let last = "";
  for await (const { type } of events) {
    last = type;
    await scheduler.wait(70);
  }
  expect(last).toBe("finish");
});

test("a model that thinks before its first word has as long as for its first event", async () => {
  async function* thinks(): AsyncGenerator<ModelEvent | Progress> {
    yield { type: "progress", arguments: "" };
    await scheduler.wait(120);
    yield { type: "text", text: "Hi" };
    yield { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: undefined };
  }
  const patience = { first: 400, between: 40 };
  const { error } = await all(withDeadline(heedless(thinks), request("m"), never, patience));
  expect(error).toBeUndefined();
});

test("arguments count once where usage is not told, however they came", async () => {
  const json = `{"text":"${"once upon a time ".repeat(50)}"}`;
  const completionOf = async (pieces: string[]) => {
    async function* calls(): AsyncGenerator<ModelEvent | Progress> {
      yield { type: "tool_call.started", id: "1", name: "f" };
      for (const piece of pieces) yield { type: "progress", arguments: piece };
      yield { type: "tool_call", call: { id: "1", name: "f", arguments: json } };
      yield { type: "finish", reason: { unified: "tool_calls", raw: "x" }, usage: undefined };
    }
    const meter = new Meter(Date.now);
    const patience = { first: 1000, between: 1000 };
    const { seen } = await all(attempt(heedless(calls), request("m"), never, meter, patience));
    expect(seen.map(({ type }) => type)).toEqual(["tool_call.started", "tool_call", "finish"]);
    return meter.calls()[0]?.usage.completion;
  };
  const whole = await completionOf([]);
  expect(whole).toBeGreaterThan(150);
  expect(await completionOf([json.slice(0, 400), json.slice(400)])).toBe(whole);
  expect(await completionOf([json.slice(0, 400)])).toBe(whole);
});
