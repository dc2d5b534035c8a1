// The first administrator: made from the command line, before there is anybody who could make one.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Server, startServer } from "./server.ts";

let persist: string;
let server: Server | undefined;

beforeAll(async () => {
  persist = await mkdtemp(join(tmpdir(), "edgewise-admin-"));
});
afterAll(async () => {
  await server?.kill();
  await rm(persist, { recursive: true, force: true });
});

function admin(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    "npm",
    ["run", "--silent", "admin", "--", ...args, "--persist-to", persist],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
  return { status, stdout, stderr };
}

const NAME = `O'Hara"; DROP TABLE users; --`;

test("what it cannot do it says in a sentence, and fails", () => {
  for (const [args, sentence] of [
    [["create"], "--email: is missing."],
    [["create", "--email", "ann"], "--email: should be an email address."],
    [["create", "--email", "ann@example.com", "--tier", "gold"], "--tier: should be one of free"],
    [["create", "--email", "ann@example.com", "--password", "short"], "at least 8 characters"],
    [["promote", "--email", "ann@example.com"], "ann@example.com has no account here."],
    [["dance"], "dance: no such command."],
    [["create", "--colour", "red"], "--colour"],
  ] as const) {
    const { status, stderr } = admin(...args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(sentence) });
    expect(stderr).not.toContain("    at ");
  }
});

test("whoever is made an administrator signs in and sees the users; keys rotate under them", async () => {
  const made = admin("create", "--email", "ann@example.com", "--full-name", NAME);
  expect(made.stderr).toBe("");
  const password = /Password, shown this once: (\S+)/.exec(made.stdout)?.[1] ?? "";
  expect(password).toHaveLength(32);
  expect(admin("create", "--email", "ANN@example.com")).toMatchObject({ status: 1 });
  expect(admin("demote", "--email", "ann@example.com").stderr).toContain("last administrator");

  server = await startServer({ persist });
  const { url } = server;
  const login = () =>
    fetch(`${url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username: "ann@example.com", password }),
    });
  const { access_token } = (await (await login()).json()) as { access_token: string };
  const headers = { Authorization: `Bearer ${access_token}` };
  const { users } = (await (await fetch(`${url}/api/v1/admin/users`, { headers })).json()) as {
    users: { email: string; role: string; full_name: string; email_verified: boolean }[];
  };
  expect(users).toMatchObject([
    { email: "ann@example.com", role: "admin", full_name: NAME, email_verified: true },
  ]);

  await server.kill();
  expect(admin("rotate-keys").status).toBe(0);
  server = await startServer({ persist });
  const jwks = await fetch(`${server.url}/.well-known/jwks.json`);
  expect(((await jwks.json()) as { keys: { d?: string }[] }).keys).toMatchObject([
    { alg: "ES256" },
    { alg: "ES256" },
  ]);
  // The new key does not sign yet; the one before it still does.
  const after = await fetch(`${server.url}/api/v1/admin/users`, { headers });
  expect(after.status).toBe(200);
}, 180_000);
