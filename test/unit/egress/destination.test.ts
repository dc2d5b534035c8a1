// Where the door leads and where it does not, by what a URL says and by the addresses behind its name.
import { expect, test } from "vitest";
import { makeEgress } from "../../../src/egress/egress.ts";
import { LIMITS, world } from "./asked.ts";

const INWARD = [
  // this network, this machine
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "168.63.129.16",
  // protocols, documentation, benchmarks, many at once, nobody
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  // the same, as WHATWG URL understands it
  "0x7f000001",
  "0x7f.1",
  "127.1",
  "10.1",
  "2130706433",
  "2852039166",
  "0177.0.0.1",
  "017700000001",
  "0xa9.0xfe.0xa9.0xfe",
  "127。0。0。1",
  "127.0.0.1.",
  "１２７.０.０.１",
  "⑯⑨.②⑤④.169.254",
  "%31%32%37.0.0.1",
  // IPv6
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[5f00::1]",
  "[2001:10::1]",
  "[4000::1]",
  // IPv4 within IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:169.254.169.254]",
  "[::10.0.0.1]",
  "[::ffff:0:10.0.0.1]",
  "[64:ff9b::10.0.0.1]",
  "[64:ff9b:1::a00:1]",
  "[2002:7f00:1::]",
  "[2002:a9fe:a9fe::1]",
  "[2001:0:53aa:64c::f5ff:fffe]",
];

test.each(INWARD)("the address %s is refused", async (host) => {
  const { egress, asked } = world(() => new Response("inside"));
  // %-encoded dots and circled digits may be no host at all: that is as good.
  for (const url of [`https://${host}/`, `http://${host}/latest/meta-data`]) {
    const answer = await egress.get(url, LIMITS);
    expect(answer).toMatchObject({
      status: "refused",
      reason: expect.stringMatching(/^(address|invalid_url)$/) as string,
    });
  }
  expect(asked).toEqual([]);
});

test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700:4700::1111]"])(
  "the address %s is asked",
  async (host) => {
    const { egress, resolved } = world(() => new Response("outside"));
    expect(await egress.get(`https://${host}/`, LIMITS)).toMatchObject({ status: "ok" });
    expect(resolved).toEqual([]);
  },
);

test.each([
  "localhost",
  "LOCALHOST",
  "localhost.",
  "app.localhost",
  "printer.local",
  "metadata.google.internal",
  "instance-data.ec2.internal",
  "metadata",
  "metadata.goog",
  "router.home.arpa",
  "nas.lan",
  "wiki.corp",
  "intranet",
  "a.hyperdrive.local",
  "service.workers.alt",
  "shop.test",
  "example.com.",
  "ｌｏｃａｌｈｏｓｔ",
])("the name %s is refused, and not even looked up", async (host) => {
  const { egress, asked, resolved } = world(() => new Response("inside"));
  expect(await egress.get(`https://${host}/`, LIMITS)).toMatchObject({
    status: "refused",
    reason: "host",
  });
  expect([asked, resolved]).toEqual([[], []]);
});

test.each([
  ["", "invalid_url"],
  ["/etc/passwd", "invalid_url"],
  ["example.com", "invalid_url"],
  ["https://", "invalid_url"],
  ["https://exa mple.com/", "invalid_url"],
  ["https://1.2.3.4.5/", "invalid_url"],
  ["http://example.com/", "scheme"],
  ["ftp://example.com/", "scheme"],
  ["file:///etc/passwd", "scheme"],
  ["data:text/plain,hello", "scheme"],
  ["javascript:alert(1)", "scheme"],
  ["blob:https://example.com/1", "scheme"],
  ["ws://example.com/", "scheme"],
  ["gopher://example.com:70/", "scheme"],
  ["https://user@example.com/", "credentials"],
  ["https://user:secret@example.com/", "credentials"],
  ["https://example.com@10.0.0.1/", "credentials"],
  ["https://example.com:80/", "port"],
  ["https://example.com:22/", "port"],
  ["https://example.com:8443/", "port"],
  ["https://8.8.8.8:6379/", "port"],
])("%s is refused for its %s", async (url, reason) => {
  const { egress, asked } = world(() => new Response("?"));
  const answer = await egress.get(url, LIMITS);
  expect(answer).toMatchObject({ status: "refused", reason });
  expect(JSON.stringify(answer)).not.toContain("secret");
  expect(asked).toEqual([]);
});

test("a name is asked for at its own address, without its fragment", async () => {
  const { egress, asked, resolved } = world(() => new Response("hello"));
  const url = "https://Bücher.example:443/a?b=c#d";
  expect(await egress.get(url, LIMITS)).toMatchObject({
    status: "ok",
    url: "https://xn--bcher-kva.example/a?b=c",
  });
  expect(asked.map((request) => request.url)).toEqual(["https://xn--bcher-kva.example/a?b=c"]);
  expect(resolved).toEqual(["xn--bcher-kva.example"]);
});

test.each([
  ["a private address", ["10.0.0.1"], "refused", "address"],
  ["one private address among public ones", ["93.184.216.34", "::1"], "refused", "address"],
  ["a mapped one", ["::ffff:10.0.0.1"], "refused", "address"],
  ["what is no address", ["cname.example"], "refused", "address"],
  ["no address", [], "failed", "unreachable"],
])("a name that has %s is not asked", async (_, addresses, status, reason) => {
  const { egress, asked } = world(() => new Response("inside"), { resolve: async () => addresses });
  expect(await egress.get("https://rebind.example/", LIMITS)).toMatchObject({ status, reason });
  expect(asked).toEqual([]);
});

test("a name is asked where nobody can say which addresses it has, and not where looking it up fails", async () => {
  const unknown = world(() => new Response("hello"), { resolve: async () => null });
  expect(await unknown.egress.get("https://a.example/", LIMITS)).toMatchObject({ status: "ok" });
  const broken = world(() => new Response("hello"), {
    resolve: () => Promise.reject(new Error("late")),
  });
  expect(await broken.egress.get("https://a.example/", LIMITS)).toMatchObject({
    status: "failed",
    reason: "unreachable",
  });
  expect(broken.asked).toEqual([]);
});

test("a name that is never looked up is given up in time", async () => {
  const { egress, asked } = world(() => new Response("hello"), {
    resolve: () => new Promise(() => undefined),
  });
  expect(await egress.get("https://a.example/", { ...LIMITS, timeout: 30 })).toMatchObject({
    status: "failed",
    reason: "timeout",
  });
  expect(asked).toEqual([]);
});

test("this machine is asked in development alone, on any port and over http", async () => {
  const urls = ["http://localhost:3000/", "http://127.0.0.1:3000/", "https://[::1]/"];
  const developing = world(() => new Response("hello"), { allowLoopback: true });
  const deployed = world(() => new Response("hello"));
  for (const url of [...urls, "http://app.localhost/"]) {
    expect(await developing.egress.get(url, LIMITS)).toMatchObject({ status: "ok" });
    expect(await deployed.egress.get(url, LIMITS)).toMatchObject({ status: "refused" });
  }
  for (const url of ["http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/"])
    expect(await developing.egress.get(url, LIMITS)).toMatchObject({ reason: "address" });
  expect(await developing.egress.get("http://a.example/", LIMITS)).toMatchObject({
    reason: "scheme",
  });
});

test("what the operator allows is asked though private and over http, and nothing beside it", async () => {
  const { egress, resolved } = world(() => new Response("hello"), {
    allow: ["wiki.corp", "10.0.0.5:8080", "[fd00::1]", "Bücher.example:8443", "plain.example:80"],
  });
  for (const url of [
    "http://wiki.corp/",
    "https://wiki.corp/",
    "http://10.0.0.5:8080/",
    "http://[fd00::1]/",
    "https://bücher.example:8443/",
    "http://plain.example/",
  ])
    expect([url, (await egress.get(url, LIMITS)).status]).toEqual([url, "ok"]);
  expect(resolved).toEqual([]);
  for (const [url, reason] of [
    ["http://wiki.corp:8080/", "host"],
    ["https://www.wiki.corp/", "host"],
    ["http://10.0.0.5/", "address"],
    ["http://10.0.0.6:8080/", "address"],
    ["https://bücher.example:9443/", "port"],
    ["http://bücher.example/", "scheme"],
    ["https://user@wiki.corp/", "credentials"],
    ["ftp://wiki.corp/", "scheme"],
  ] as const)
    expect([url, await egress.get(url, LIMITS)]).toMatchObject([url, { reason }]);
});

test.each([
  "",
  "https://wiki.corp",
  "wiki.corp/docs",
  "user@wiki.corp",
  "a b",
  "::1",
  "host:99999",
])("%j is no entry of the allow list", (entry) => {
  const { fetch, resolve } = { fetch: () => Promise.reject(new Error()), resolve: async () => [] };
  expect(() =>
    makeEgress({ fetch, resolve, allow: [entry], allowLoopback: false, userAgent: "" }),
  ).toThrow(TypeError);
});
