// Redirects: each hop is judged as if somebody had named it, and what was meant for one origin stays there.
import { expect, test } from "vitest";
import { LIMITS, world } from "./asked.ts";

const to = (location: string, status = 302) =>
  new Response("over there", { status, headers: { Location: location } });

/** A world of pages by URL. */
const pages = (answers: Record<string, () => Response>, options = {}) =>
  world(({ url }) => answers[url]?.() ?? new Response("nothing", { status: 404 }), options);

test("a redirect is followed, relative ones too, and the last address is told", async () => {
  const { egress, resolved } = pages({
    "https://a.example/old": () => to("/new"),
    "https://a.example/new": () => to("//b.example/there?x#y", 308),
    "https://b.example/there?x": () =>
      new Response("found", { headers: { "Content-Type": "text/plain" } }),
  });
  expect(await egress.get("https://a.example/old", LIMITS)).toEqual({
    status: "ok",
    url: "https://b.example/there?x",
    type: "text/plain",
    body: new TextEncoder().encode("found"),
    redirects: 2,
  });
  expect(resolved).toEqual(["a.example", "a.example", "b.example"]);
});

test.each([
  ["https://169.254.169.254/latest/", "address"],
  ["http://169.254.169.254/latest/", "scheme"],
  ["https://0xa9fea9fe/", "address"],
  ["//127.1/", "address"],
  ["https://localhost/", "host"],
  ["https://metadata.google.internal/", "host"],
  ["https://user:pass@b.example/", "credentials"],
  ["https://b.example:8080/", "port"],
  ["http://b.example/", "scheme"],
  ["file:///etc/passwd", "scheme"],
  ["data:text/html,hello", "scheme"],
  ["https://inward.example/", "address"],
  ["https://exa mple/", "redirects"],
])("a redirect to %s is not followed", async (location, reason) => {
  const { egress, asked } = world(() => to(location), {
    resolve: async (name) => (name === "inward.example" ? ["10.0.0.1"] : ["93.184.216.34"]),
  });
  const answer = await egress.get("https://a.example/", LIMITS);
  expect(answer).toMatchObject({ status: "refused", reason });
  expect(JSON.stringify(answer)).not.toMatch(/169\.254|pass@|inward/);
  expect(asked).toHaveLength(1);
});

test("https does not become http, even where http is allowed", async () => {
  const { egress, asked } = world(() => to("http://wiki.corp/"), { allow: ["wiki.corp"] });
  expect(await egress.get("https://a.example/", LIMITS)).toMatchObject({ reason: "scheme" });
  expect(asked).toHaveLength(1);
});

test("five redirects are followed and a sixth is not, so that circles end", async () => {
  const hop = ({ url }: Request) => {
    const n = Number(new URL(url).searchParams.get("n"));
    return n === 0 ? new Response("found") : to(`/?n=${n - 1}`);
  };
  expect(await world(hop).egress.get("https://a.example/?n=5", LIMITS)).toMatchObject({
    status: "ok",
    redirects: 5,
  });
  expect(await world(hop).egress.get("https://a.example/?n=6", LIMITS)).toMatchObject({
    status: "refused",
    reason: "redirects",
  });
  const circle = world(() => to("/"));
  expect(await circle.egress.get("https://a.example/", LIMITS)).toMatchObject({
    reason: "redirects",
  });
  expect(circle.asked).toHaveLength(6);
});

test("a redirect that says not where to is an answer like others", async () => {
  const { egress } = world(() => new Response(null, { status: 302 }));
  expect(await egress.get("https://a.example/", LIMITS)).toMatchObject({
    status: "failed",
    reason: "http_status",
  });
});

test("every request says who asks, and carries no cookie", async () => {
  const { egress, asked } = world(() => {
    const response = to("/again");
    response.headers.set("Set-Cookie", "session=1");
    return response;
  });
  await egress.get("https://a.example/", { ...LIMITS, accept: "text/html" });
  expect(asked).toHaveLength(6);
  for (const request of asked)
    expect(Object.fromEntries(request.headers)).toEqual({
      "user-agent": "Edgewise/1.2.3",
      accept: "text/html",
    });
});

const SECRETS = {
  Authorization: "Bearer secret",
  Cookie: "session=1",
  Host: "b.example",
  "X-Api-Key": "secret",
  "X-Webhook-Signature": "sha256=00",
  Accept: "application/json",
};

test("what was meant for one origin goes along within it, and not to another", async () => {
  const { egress, asked } = pages({
    "https://a.example/": () => to("/next"),
    "https://a.example/next": () => to("https://b.example/"),
    "https://b.example/": () => to("https://a.example/back"),
    "https://a.example/back": () => new Response("found"),
  });
  await egress.send({ url: "https://a.example/", method: "GET", headers: SECRETS }, LIMITS);
  const [first, second, third, fourth] = asked.map((request) =>
    Object.fromEntries(request.headers),
  );
  const all = {
    accept: "application/json",
    authorization: "Bearer secret",
    "user-agent": "Edgewise/1.2.3",
    "x-api-key": "secret",
    "x-webhook-signature": "sha256=00",
  };
  const harmless = { accept: "application/json", "user-agent": "Edgewise/1.2.3" };
  expect([first, second, third, fourth]).toEqual([all, all, harmless, harmless]);
});

test("a POST is not redirected unless that is asked for", async () => {
  const { egress, asked } = world(() => to("https://b.example/"));
  const answer = await egress.send(
    { url: "https://a.example/", method: "POST", body: "{}" },
    LIMITS,
  );
  expect(answer).toMatchObject({ status: "ok", code: 302, redirects: 0 });
  expect(asked).toHaveLength(1);
});

test.each([
  [301, "GET", ""],
  [302, "GET", ""],
  [303, "GET", ""],
  [307, "POST", "{}"],
  [308, "POST", "{}"],
])("a POST that is answered %s goes on as a %s", async (status, method, body) => {
  const { egress, asked } = pages({
    "https://a.example/": () => to("/next", status),
    "https://a.example/next": () => new Response("found"),
  });
  await egress.send(
    {
      url: "https://a.example/",
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    },
    { ...LIMITS, followRedirects: true },
  );
  const [, second] = asked;
  expect([second?.method, await second?.text()]).toEqual([method, body]);
  expect(second?.headers.get("Content-Type")).toBe(body === "" ? null : "application/json");
});
