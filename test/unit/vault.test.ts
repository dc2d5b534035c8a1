// Secrets that are read again: by whom they were locked, and by nobody else.
import { expect, test } from "vitest";
import { makeVault } from "../../src/auth/vault.ts";

const vault = makeVault(async () => "the server's own");

test("what was locked opens for its purpose, and is not to be read in between", async () => {
  const locked = await vault.lock("webhook", "whsec_abc");
  expect(locked).not.toContain("whsec_abc");
  expect(await vault.unlock("webhook", locked)).toBe("whsec_abc");
});

test("it opens for no other purpose, with no other key, and not when it was changed", async () => {
  const locked = await vault.lock("webhook", "whsec_abc");
  expect(await vault.unlock("mail", locked)).toBeNull();
  expect(await makeVault(async () => "another").unlock("webhook", locked)).toBeNull();
  expect(await vault.unlock("webhook", `${locked.slice(0, -2)}xx`)).toBeNull();
  expect(await vault.unlock("webhook", "nonsense")).toBeNull();
});

test("a key that cannot be had just now says nothing of what was locked: it throws", async () => {
  const locked = await vault.lock("webhook", "whsec_abc");
  const away = makeVault(() => Promise.reject(new Error("D1 is away")));
  await expect(away.unlock("webhook", locked)).rejects.toThrow("D1 is away");
});
