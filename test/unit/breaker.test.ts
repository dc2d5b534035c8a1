import fc from "fast-check";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Circuit, CLOSED, failed, phaseOf } from "../../src/llm/breaker.ts";
import { type BreakerCalls, Breakers } from "../../src/llm/breakers.ts";
import { ProviderCircuits } from "../../src/llm/circuits.ts";
import { keptLog } from "../integration/app-with.ts";

const POLICY = { failures: 5, cooldown: 60_000 };

function after(failures: number, at = 0, wait?: number): Circuit {
  let circuit = CLOSED;
  for (let n = 0; n < failures; n++) circuit = failed(circuit, POLICY, at, wait);
  return circuit;
}

test.each([
  ["nothing went wrong", 0, 0, "closed"],
  ["it failed last", 1, 1000, "suspect"],
  ["that was a while ago", 4, 60_001, "closed"],
  ["it failed five times", 5, 59_999, "open"],
  ["its time is over", 5, 60_000, "half_open"],
  ["it failed again and again", 50, 1, "open"],
])("where %s", (_, failures, now, phase) => {
  expect(phaseOf(after(failures), POLICY, now)).toBe(phase);
});

test("a vendor's own wait is kept to, but not for ever", () => {
  expect(phaseOf(after(5, 0, 120_000), POLICY, 100_000)).toBe("open");
  expect(phaseOf(after(5, 0, 86_400_000), POLICY, 601_000)).toBe("half_open");
});

test("a clock that was set back does not keep a circuit open", () => {
  const circuit = after(5, 10_000_000_000);
  expect(phaseOf(circuit, POLICY, 1000)).toBe("half_open");
});

/** A provider's object, and isolates that ask it, with the work of the background in the test's hands. */
function world() {
  let now = 1_000_000;
  const kept: { circuits?: Record<string, Circuit> } = {};
  const store = {
    get: () => kept.circuits,
    put: (circuits: Record<string, Circuit>) => void (kept.circuits = circuits),
  };
  const circuits = new ProviderCircuits(POLICY, store, () => now);
  const calls = { looks: 0, reports: 0 };
  const object: BreakerCalls = {
    look: async (asks) => (calls.looks++, circuits.look(asks)),
    report: async (model, ended) => (calls.reports++, circuits.report(model, ended)),
  };
  const { log } = keptLog();
  const isolate = (its: BreakerCalls = object) => {
    const pending: Promise<unknown>[] = [];
    const breakers = new Breakers(POLICY, {
      object: () => its,
      background: (work) => void pending.push(work),
      now: () => now,
      log,
    });
    const settle = async () => void (await Promise.all(pending.splice(0)));
    return { breakers, settle };
  };
  return { isolate, calls, kept, pass: (ms: number) => void (now += ms) };
}

test("what one isolate learnt the others know, and none of them waits for it", async () => {
  const { isolate, calls } = world();
  const a = isolate();
  const b = isolate();
  for (let n = 0; n < 5; n++) a.breakers.failed("p", "m", undefined);
  expect(a.breakers.phase("p", "m")).toBe("open");
  await a.settle();
  expect(b.breakers.phase("p", "m")).toBe("closed"); // it has not read yet, and is not kept waiting
  await b.settle();
  expect(b.breakers.phase("p", "m")).toBe("open");
  expect(calls.looks).toBe(2);
});

test("what is known is read anew after five seconds, and not before", async () => {
  const { isolate, calls, pass } = world();
  const { breakers, settle } = isolate();
  for (let n = 0; n < 100; n++) breakers.phase("p", "m");
  await settle();
  expect(calls.looks).toBe(1);
  pass(4999);
  breakers.phase("p", "m");
  expect(calls.looks).toBe(1);
  pass(1);
  breakers.phase("p", "m");
  expect(calls.looks).toBe(2);
});

test("an object that does not answer costs nothing: what is known here stays", async () => {
  const { isolate } = world();
  const hanging = () => new Promise<never>(() => undefined);
  const never = { look: hanging, report: hanging };
  const { breakers } = isolate(never);
  for (let n = 0; n < 5; n++) breakers.failed("p", "m", undefined);
  expect(breakers.phase("p", "m")).toBe("open");
  const failing = {
    look: () => Promise.reject(new Error("x")),
    report: () => Promise.reject(new Error("x")),
  };
  const other = isolate(failing);
  other.breakers.failed("p", "m", undefined);
  await other.settle();
  expect(other.breakers.phase("p", "m")).toBe("suspect");
});

test("once it may be back, one asker finds out for all", async () => {
  const { isolate, pass } = world();
  const a = isolate();
  const b = isolate();
  for (let n = 0; n < 5; n++) a.breakers.failed("p", "m", undefined);
  await a.settle();
  pass(60_000);
  for (const { breakers, settle } of [a, b]) {
    expect(breakers.phase("p", "m", true)).toBe(breakers === a.breakers ? "half_open" : "closed");
    await settle();
  }
  expect([a, b].map(({ breakers }) => breakers.phase("p", "m"))).toEqual([
    "half_open",
    "half_open",
  ]);
  expect([a, b].map(({ breakers }) => breakers.mayProbe("p", "m"))).toEqual([true, false]);
  expect(a.breakers.takeProbe("p", "m")).toBe(true);
  expect(a.breakers.takeProbe("p", "m")).toBe(false); // it is finding out already
  a.breakers.succeeded("p", "m");
  await a.settle();
  pass(5000);
  b.breakers.phase("p", "m");
  await b.settle();
  expect([a, b].map(({ breakers }) => breakers.phase("p", "m"))).toEqual(["closed", "closed"]);
});

test("a probe that fails opens it anew; one that is never heard of again is given to another", async () => {
  const { isolate, pass } = world();
  const a = isolate();
  const b = isolate();
  for (let n = 0; n < 5; n++) a.breakers.failed("p", "m", undefined);
  await a.settle();
  pass(60_000);
  a.breakers.phase("p", "m", true);
  await a.settle();
  expect(a.breakers.mayProbe("p", "m")).toBe(true);
  pass(30_000); // whoever had it has gone
  b.breakers.phase("p", "m", true);
  await b.settle();
  expect(b.breakers.mayProbe("p", "m")).toBe(true);
  b.breakers.failed("p", "m", undefined);
  await b.settle();
  expect(b.breakers.phase("p", "m")).toBe("open");
});

test("models that nobody has are forgotten, the oldest first", () => {
  const { isolate, kept } = world();
  const { breakers } = isolate();
  for (let n = 0; n < 500; n++) breakers.failed("p", `m${n}`, undefined);
  expect(Object.keys(kept.circuits ?? {})).toHaveLength(200);
  expect(kept.circuits).toHaveProperty("m499");
});

test("in any order of calls of three isolates, a success closes for whoever saw it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("fail", "ok", "look", "wait"), { maxLength: 60 }),
      async (acts) => {
        const { isolate, pass } = world();
        const isolates = [isolate(), isolate(), isolate()];
        for (const [at, act] of acts.entries()) {
          const one = isolates[at % 3];
          if (one === undefined) continue;
          if (act === "fail") one.breakers.failed("p", "m", undefined);
          if (act === "ok") one.breakers.succeeded("p", "m");
          if (act === "wait") pass(29_000);
          if (act === "look") await one.breakers.refresh("p");
          await one.settle();
          if (act === "ok") expect(one.breakers.phase("p", "m")).toBe("closed");
          await one.settle();
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("the object keeps its circuits while it is away", async () => {
  const { evictDurableObject } = await import("cloudflare:test");
  const stub = env.BREAKERS.get(env.BREAKERS.idFromName("kept"));
  await stub.report("m", { failed: true });
  await evictDurableObject(stub);
  const { circuits } = await stub.look(false);
  expect(circuits["m"]).toMatchObject({ failures: 1 });
  expect(await stub.report("m", { failed: false })).toEqual({});
});
