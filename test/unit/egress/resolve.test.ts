// What is known of a name: its addresses, that it has none, that nobody can be asked, or nothing in time.
import { expect, test } from "vitest";
import { makeResolve } from "../../../src/egress/resolve.ts";

const says =
  (...addresses: string[]) =>
  async () =>
    addresses;
const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
const never = () => new Promise<string[]>(() => undefined);

test("a name has the addresses of both families", async () => {
  const asked: string[] = [];
  const resolve = makeResolve([
    async (name) => {
      asked.push(name);
      return ["192.0.2.1"];
    },
    says("2001:db8::1"),
  ]);
  expect(await resolve("a.example")).toEqual(["192.0.2.1", "2001:db8::1"]);
  expect(asked).toEqual(["a.example"]);
});

test.each([
  ["one family alone", [says("192.0.2.1"), fails("ENOTFOUND")], ["192.0.2.1"]],
  ["neither", [fails("ENOTFOUND"), fails("ENODATA")], []],
  ["one that answers, one that is away", [says("192.0.2.1"), fails("EBADQUERY")], ["192.0.2.1"]],
  ["one without, one that is away", [fails("ENOTFOUND"), fails("EBADQUERY")], null],
  ["a resolver that is away", [fails("EBADQUERY"), fails("EBADQUERY")], null],
] as const)("%s", async (_, lookups, known) => {
  expect(await makeResolve(lookups)("a.example")).toEqual(known);
});

test("a resolver that answers badly, or too late, does not count as away", async () => {
  await expect(makeResolve([says("192.0.2.1"), fails("EBADRESP")])("a.example")).rejects.toThrow();
  await expect(makeResolve([says("192.0.2.1"), never], 20)("a.example")).rejects.toThrow(/in time/);
});

test("the platform's own resolver is asked, and says null where it is away", async () => {
  // Here there may be a network or none: what matters is that nothing is thrown for want of one.
  const known = await makeResolve()("one.one.one.one").catch(() => []);
  expect(known === null || Array.isArray(known)).toBe(true);
});
