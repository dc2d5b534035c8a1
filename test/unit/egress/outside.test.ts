// The door on a real server over real HTTP, as a Worker's fetch sees it.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { makeEgress } from "../../../src/egress/egress.ts";
import { NOTES, PAGE, PICTURE, REPORT } from "../../stub/outside-pages.ts";
import type { OutsideJournal } from "../../stub/outside.ts";

const OUTSIDE = env.OUTSIDE_URL;
const LIMITS = { maxBytes: 1_000_000, timeout: 10_000 };

const egress = makeEgress({
  fetch: (input, init) => fetch(input, init),
  resolve: async () => null,
  allow: [],
  allowLoopback: true,
  userAgent: "Edgewise/1.2.3",
});

const get = (path: string, limits: Partial<typeof LIMITS> = {}) =>
  egress.get(`${OUTSIDE}${path}`, { ...LIMITS, ...limits });

/** Once the server has noticed: a connection's end takes a moment to arrive. */
async function journal(tag: string): Promise<OutsideJournal> {
  await scheduler.wait(100);
  return (await fetch(`${OUTSIDE}/journal?tag=${tag}`)).json();
}

test.each([
  ["/page.html", "text/html; charset=utf-8", new TextEncoder().encode(PAGE)],
  ["/notes.txt", "text/plain; charset=utf-8", new TextEncoder().encode(NOTES)],
  ["/report.pdf", "application/pdf", REPORT],
  ["/lies", "text/html; charset=utf-8", PICTURE],
  ["/untyped", null, new TextEncoder().encode(NOTES)],
])("%s comes as %s, byte by byte", async (path, type, body) => {
  expect(await get(path)).toEqual({
    status: "ok",
    url: `${OUTSIDE}${path}`,
    type,
    body,
    redirects: 0,
  });
});

test.each([
  ["/loop", "refused", "redirects"],
  ["/hops?n=6", "refused", "redirects"],
  ["/inward", "refused", "address"],
  ["/moved?to=http://printer.local/", "refused", "host"],
  ["/moved?to=file:///etc/passwd", "refused", "scheme"],
  ["/moved?to=https://example.com:22/", "refused", "port"],
  ["/status?code=500", "failed", "http_status"],
  ["/status?code=401", "failed", "http_status"],
  ["/nowhere", "failed", "http_status"],
  ["/broken", "failed", "unreachable"],
  ["/not-gzip", "failed", "unreachable"],
])("%s is %s for its %s", async (path, status, reason) => {
  const answer = await get(path);
  expect(answer).toMatchObject({ status, reason });
  expect(JSON.stringify(answer)).not.toMatch(/secret|nothing here|169\.254/);
});

test("redirects are followed to the end", async () => {
  expect(await get("/hops?n=5")).toMatchObject({
    status: "ok",
    url: `${OUTSIDE}/notes.txt`,
    redirects: 5,
  });
});

test("nobody there is unreachable", async () => {
  expect(await egress.get("http://127.0.0.1:1/", LIMITS)).toMatchObject({
    status: "failed",
    reason: "unreachable",
  });
});

test("a length that is declared too short cuts, and one too long is a broken answer", async () => {
  const short = await get("/too-short");
  expect(short.status === "ok" && new TextDecoder().decode(short.body)).toBe("abcdefghij");
  expect(await get("/too-long")).toMatchObject({ reason: "unreachable" });
  expect(await get("/too-long", { maxBytes: 1000 })).toMatchObject({ reason: "too_large" });
});

test("as many bytes as may be come whole, declared or not, and no more", async () => {
  for (const declared of ["", "&declared=1"]) {
    const most = await get(`/big?bytes=1000000${declared}`);
    expect(most.status === "ok" && most.body.length).toBe(1_000_000);
    expect(await get(`/big?bytes=1000001${declared}`)).toMatchObject({ reason: "too_large" });
  }
});

test("what never ends is left, and the server notices", async () => {
  expect(await get("/endless?tag=endless")).toMatchObject({ reason: "too_large" });
  expect(await journal("endless")).toEqual({ calls: 1, aborted: 1 });
});

test("what drips for ever ends with the time, and the server notices", async () => {
  const began = Date.now();
  expect(await get("/drip?tag=drip", { timeout: 300 })).toMatchObject({ reason: "timeout" });
  expect(Date.now() - began).toBeLessThan(3000);
  expect(await journal("drip")).toEqual({ calls: 1, aborted: 1 });
});

test("what never begins ends with the time, and the server notices", async () => {
  expect(await get("/hang?tag=hang", { timeout: 300 })).toMatchObject({ reason: "timeout" });
  expect(await journal("hang")).toEqual({ calls: 1, aborted: 1 });
});

test("of what is compressed the bytes that come out are counted", async () => {
  // 50 MB of zeros in 50 KB.
  expect(await get("/bomb?bytes=50000000")).toMatchObject({ reason: "too_large" });
  const small = await get("/bomb?bytes=900000");
  expect(small.status === "ok" && small.body.length).toBe(900_000);
});

test("a post arrives as it was sent, with no cookie and no other's host", async () => {
  const answer = await egress.send(
    {
      url: `${OUTSIDE}/echo`,
      method: "POST",
      headers: { "X-Webhook-Signature": "sha256=00", Cookie: "a=b", Host: "other.example" },
      body: "{}",
    },
    LIMITS,
  );
  expect(answer).toMatchObject({ status: "ok", code: 200, truncated: false });
  const echo = JSON.parse(
    new TextDecoder().decode(answer.status === "ok" ? answer.body : undefined),
  ) as { headers: Record<string, string> };
  expect(echo).toMatchObject({
    method: "POST",
    body: "{}",
    headers: {
      "x-webhook-signature": "sha256=00",
      "user-agent": "Edgewise/1.2.3",
      host: new URL(OUTSIDE).host,
    },
  });
  expect(echo.headers).not.toHaveProperty("cookie");
});

test("an authorization does not follow to another origin", async () => {
  const other = OUTSIDE.replace("127.0.0.1", "localhost");
  const answer = await egress.send(
    {
      url: `${OUTSIDE}/moved?to=${encodeURIComponent(`${other}/echo`)}`,
      method: "GET",
      headers: { Authorization: "Bearer secret" },
    },
    LIMITS,
  );
  expect(answer).toMatchObject({ status: "ok", url: `${other}/echo`, redirects: 1 });
  expect(new TextDecoder().decode(answer.status === "ok" ? answer.body : undefined)).not.toContain(
    "secret",
  );
});

test("an endless answer to a post is cut, and left", async () => {
  const answer = await egress.send(
    { url: `${OUTSIDE}/endless?tag=post`, method: "POST", body: "{}" },
    { ...LIMITS, maxBytes: 4096 },
  );
  expect(answer).toMatchObject({ status: "ok", code: 200, truncated: true });
  expect(answer.status === "ok" && answer.body.length).toBe(4096);
  expect(await journal("post")).toEqual({ calls: 1, aborted: 1 });
});

test("of a body that drips, what has come when patience ends will do", async () => {
  const answered = await egress.send(
    { url: `${OUTSIDE}/drip?tag=patience`, method: "POST" },
    { maxBytes: 1000, timeout: 5000, patience: 200 },
  );
  expect(answered).toMatchObject({ status: "ok", code: 200, truncated: true });
});

test("an address is judged before anything is sent there", async () => {
  expect(await egress.check("https://169.254.169.254/", 1000)).toMatchObject({ reason: "address" });
  expect(await egress.check("nonsense", 1000)).toMatchObject({ reason: "invalid_url" });
  expect(await egress.check(`${OUTSIDE}/echo?tag=judged`, 1000)).toBeNull();
  expect(await journal("judged")).toMatchObject({ calls: 0 });
});
