// What vendors' servers do when they fail, against every adapter that speaks to one: the kind of error,
// never a hang, never two ends, and nothing left open upstream.
import { describe, expect, test } from "vitest";
import type { ModelRequest, Provider } from "../../../src/llm/provider.ts";
import {
  eventually,
  expectOrder,
  expectShowable,
  httpAdapters,
  journal,
  KEY,
  never,
  play,
  request,
  textOf,
} from "./adapters.ts";

const ADAPTERS = httpAdapters().map((provider): [string, Provider] => [provider.id, provider]);

/** The kind of error; null where the answer is whole all the same. */
const FAULTS: [script: string, kind: string | null][] = [
  ["fault=429,retry=3", "rate_limit"],
  ["fault=401", "authentication"],
  ["fault=403", "authentication"],
  ["fault=404", "model_not_found"],
  ["fault=408", "timeout"],
  ["fault=413", "context_too_long"],
  ["fault=400", "invalid_request"],
  ["fault=422", "invalid_request"],
  ["fault=500", "failed"],
  ["fault=503", "failed"],
  ["fault=504", "timeout"],
  ["fault=529", "failed"],
  ["fault=context", "context_too_long"],
  ["fault=html", "malformed"],
  ["fault=html502", "failed"],
  ["fault=type", "malformed"],
  ["fault=empty", "interrupted"],
  ["fault=gzip", "interrupted"],
  ["fault=malformed", "malformed"],
  ["fault=nofinish", "interrupted"],
  ["fault=drop", "interrupted"],
  ["fault=toolcut,tool=get_weather", "interrupted"],
  ["tool=get_weather,args=%5B1%5D", "malformed"],
  ["tool=get_weather,args=%7B%22a%22", "malformed"],
  ["fault=dup", null],
  ["fault=loris,tokens=3,delay=20", null],
  ["nousage=1", null],
  ["tool=get_weather,tools=2", null],
];

describe.each(ADAPTERS)("%s", (id, provider) => {
  test.each(FAULTS)("%s", async (script, kind) => {
    const { events, error } = await play(provider.stream(request(`stub:${script}`), never));
    expectOrder(events, kind === null);
    if (kind === null) {
      expect(error).toBeUndefined();
      if (script === "nousage=1") expect(events.at(-1)).toHaveProperty("usage", undefined);
      return;
    }
    const failed = expectShowable(error, id);
    expect(failed.kind).toBe(kind);
    expect(failed.failure.details["model"]).toBe(`stub:${script}`);
    expect(failed.requestId).toBe("req_stub");
    if (script.includes("retry=3")) expect(failed.retryAfter).toBe(3000);
  });

  test("a connection that breaks at any byte breaks the answer off, and what came is told", async () => {
    for (const at of [1, 40, 300, 700, 1100]) {
      const model = `stub:tokens=30,dropat=${at}`;
      const { events, error } = await play(provider.stream(request(model), never));
      expectOrder(events, false);
      expect(expectShowable(error, id).kind).toBe("interrupted");
    }
  });

  test("nobody there is unreachable", async () => {
    const nobody = httpAdapters("http://127.0.0.1:1").find((it) => it.id === id);
    if (nobody === undefined) throw new Error("no adapter");
    const { error } = await play(nobody.stream(request("m"), never));
    expect(expectShowable(error, id)).toMatchObject({ kind: "unreachable", retryable: true });
    expect(expectShowable(await nobody.list(never).catch((it: unknown) => it), id).kind).toBe(
      "unreachable",
    );
  });

  test("a cancelled call closes the connection, at whatever stage", async () => {
    const stages: [script: string, seen: (types: string[]) => boolean][] = [
      ["fault=hang", () => true],
      ["fault=stall,tokens=0", () => true],
      ["fault=endless", (types) => types.includes("text")],
      ["fault=stall,tokens=8", (types) => types.includes("text")],
      ["fault=loris,delay=400,tool=get_weather", (types) => types.includes("tool_call.started")],
    ];
    for (const [script, seen] of stages) {
      const tag = `${id}-${crypto.randomUUID()}`;
      const leaving = new AbortController();
      const reason = new Error("left");
      const types: string[] = [];
      const stream = provider.stream(request(`stub:${script},tag=${tag}`), leaving.signal);
      const reading = (async () => {
        for await (const { type } of stream) types.push(type);
      })();
      await eventually(async () => (await journal(tag)).calls === 1 && seen(types));
      leaving.abort(reason);
      await expect(reading).rejects.toBe(reason);
      await eventually(async () => (await journal(tag)).aborted === 1);
      expect(types).not.toContain("finish");
    }
  });

  test("whoever stops reading closes the connection", async () => {
    const tag = `${id}-${crypto.randomUUID()}`;
    const model = `stub:fault=endless,tag=${tag}`;
    for await (const { type } of provider.stream(request(model), never)) if (type === "text") break;
    await eventually(async () => (await journal(tag)).aborted === 1);
  });

  test("a tool's result is answered, and its models are listed", async () => {
    const call = { id: "call_1", name: "get_weather", arguments: '{"place":"Bonn"}' };
    const messages: ModelRequest["messages"] = [
      { role: "user", content: "Weather?" },
      { role: "assistant", content: "", tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "Rain" },
    ];
    const tag = `${id}-${crypto.randomUUID()}`;
    const model = `stub:tool=get_weather,say=Rain.,tag=${tag}`;
    const { events } = await play(provider.stream(request(model, { messages }), never));
    expectOrder(events, true);
    expect(textOf(events)).toBe("Rain.");
    const { headers } = await journal(tag);
    expect(headers["authorization"] ?? headers["x-api-key"]).toContain(KEY);
    expect(await provider.list(never)).toEqual([
      id === "ollama"
        ? { id: "stub:1b", bytes: 42, modified_at: "2026-11-01T10:00:00.123Z" }
        : { id: "stub" },
    ]);
  });
});
