// What is read of an answer, and that what is not read is cancelled.
import { expect, test } from "vitest";
import { LIMITS, watched, world } from "./asked.ts";

const POST = { url: "https://a.example/", method: "POST", body: "{}" };
const block = new Uint8Array(1000).fill(7);

test("a body of just as many bytes as may be is whole, and one more is too many", async () => {
  const of = (bytes: number) =>
    world(() => new Response(new Uint8Array(bytes).fill(7))).egress.get("https://a.example/", {
      ...LIMITS,
      maxBytes: 100_000,
    });
  const most = await of(100_000);
  expect(most).toMatchObject({ status: "ok" });
  expect(most.status === "ok" && most.body.buffer.byteLength).toBe(100_000);
  expect(await of(100_001)).toMatchObject({ status: "refused", reason: "too_large" });
  expect(await of(0)).toMatchObject({ status: "ok", body: new Uint8Array(0) });
});

test("an endless body is read as far as it may be long, and cancelled", async () => {
  const { body, seen } = watched((controller) => controller.enqueue(block));
  const { egress } = world(() => new Response(body));
  expect(await egress.get("https://a.example/", LIMITS)).toMatchObject({ reason: "too_large" });
  expect(seen.cancelled).toBe(true);
  expect(seen.pulls).toBeLessThan(14);
});

test("one block that is larger than all that may be is cut", async () => {
  const { body, seen } = watched((controller) => controller.enqueue(new Uint8Array(500_000)));
  const answer = await world(() => new Response(body)).egress.send(POST, LIMITS);
  expect(answer).toMatchObject({ status: "ok", code: 200, truncated: true });
  expect(answer.status === "ok" && answer.body.length).toBe(LIMITS.maxBytes);
  expect(seen.cancelled).toBe(true);
});

test("what was sent is answered whatever the status, as far as it may be long", async () => {
  const answers = [
    new Response("no", { status: 410, headers: { "Retry-After": "7" } }),
    new Response(null, { status: 204 }),
  ];
  const { egress, asked } = world(() => answers.shift() ?? new Response());
  const gone = await egress.send({ ...POST, headers: { Authorization: "Bearer secret" } }, LIMITS);
  expect(gone).toMatchObject({ status: "ok", code: 410, truncated: false, redirects: 0 });
  expect(gone.status === "ok" && gone.headers.get("Retry-After")).toBe("7");
  expect(gone.status === "ok" && new TextDecoder().decode(gone.body)).toBe("no");
  expect(await egress.send(POST, LIMITS)).toMatchObject({ code: 204, body: new Uint8Array(0) });
  const [first] = asked;
  expect([first?.method, await first?.text(), first?.headers.get("Authorization")]).toEqual([
    "POST",
    "{}",
    "Bearer secret",
  ]);
});

test("a body that drips for ever ends with the time, and is cancelled", async () => {
  const { body, seen } = watched(async (controller) => {
    await scheduler.wait(5);
    controller.enqueue(new Uint8Array(1));
  });
  const { egress } = world(() => new Response(body));
  const began = Date.now();
  expect(await egress.get("https://a.example/", { ...LIMITS, timeout: 100 })).toMatchObject({
    status: "failed",
    reason: "timeout",
  });
  expect(Date.now() - began).toBeLessThan(1000);
  expect(seen.cancelled).toBe(true);
});

test("a body that falls silent ends with the time, and is cancelled", async () => {
  const { body, seen } = watched(() => new Promise(() => undefined));
  const { egress } = world(() => new Response(body));
  expect(await egress.get("https://a.example/", { ...LIMITS, timeout: 50 })).toMatchObject({
    reason: "timeout",
  });
  expect(seen.cancelled).toBe(true);
});

test("a fetch that never answers ends with the time; what it answers later is cancelled", async () => {
  const { body, seen } = watched((controller) => controller.enqueue(block));
  const { egress } = world(async () => {
    await scheduler.wait(80);
    return new Response(body);
  });
  expect(await egress.get("https://a.example/", { ...LIMITS, timeout: 30 })).toMatchObject({
    reason: "timeout",
  });
  await scheduler.wait(100);
  expect(seen.cancelled).toBe(true);
});

test("the time is one for all hops", async () => {
  const { egress, asked } = world(async () => {
    await scheduler.wait(40);
    return new Response(null, { status: 302, headers: { Location: "/" } });
  });
  expect(await egress.get("https://a.example/", { ...LIMITS, timeout: 100 })).toMatchObject({
    reason: "timeout",
  });
  expect(asked.length).toBeLessThan(4);
});

test("errors, redirects and what is declared too large are cancelled unread", async () => {
  const bodies = Array.from({ length: 3 }, () =>
    watched((controller) => controller.enqueue(new TextEncoder().encode("a secret of theirs"))),
  );
  const [error, moved, large] = bodies;
  const answers = [
    new Response(moved?.body, { status: 302, headers: { Location: "/next" } }),
    new Response(error?.body, { status: 500 }),
    new Response(large?.body, { headers: { "Content-Length": "999999999" } }),
  ];
  const { egress } = world(() => answers.shift() ?? new Response());
  const failed = await egress.get("https://a.example/", LIMITS);
  expect(failed).toMatchObject({ status: "failed", reason: "http_status" });
  expect(JSON.stringify(failed)).not.toContain("secret");
  expect(await egress.get("https://a.example/", LIMITS)).toMatchObject({ reason: "too_large" });
  expect(bodies.map(({ seen }) => seen.cancelled)).toEqual([true, true, true]);
});

test("a fetch that throws and a body that breaks off are unreachable, and say nothing of why", async () => {
  const throws = world(() => Promise.reject(new Error("connect ECONNREFUSED 10.1.2.3")));
  const { body } = watched((controller) => controller.error(new Error("10.1.2.3 hung up")));
  const breaks = world(() => new Response(body));
  for (const { egress } of [throws, breaks]) {
    const answer = await egress.get("https://a.example/", LIMITS);
    expect(answer).toMatchObject({ status: "failed", reason: "unreachable" });
    expect(JSON.stringify(answer)).not.toContain("10.1.2.3");
  }
});

test("whoever gives up is thrown their own reason, at once, and the body is cancelled", async () => {
  const { body, seen } = watched(() => new Promise(() => undefined));
  const { egress, asked } = world(() => new Response(body));
  const gone = new AbortController();
  const getting = egress.get("https://a.example/", { ...LIMITS, signal: gone.signal });
  setTimeout(() => gone.abort(new Error("the user left")), 20);
  await expect(getting).rejects.toThrow("the user left");
  expect(seen.cancelled).toBe(true);
  await expect(
    egress.get("https://a.example/", { ...LIMITS, signal: gone.signal }),
  ).rejects.toThrow("the user left");
  expect(asked).toHaveLength(1);
});
