// What a route asks of its caller, on a tiny app.
import { Hono } from "hono";
import { expect, test } from "vitest";
import { scopesOf, visitorPrincipal } from "../../src/auth/principal.ts";
import { AppError } from "../../src/errors.ts";
import { TIERS } from "../../src/variables.ts";
import type { AppEnv } from "../../src/routes/context.ts";
import { requires } from "../../src/routes/requires.ts";

const somebody = { ...visitorPrincipal("user_1"), via: "session" as const };

async function asked(principal: typeof somebody, requirement: Parameters<typeof requires>[0]) {
  const app = new Hono<AppEnv>()
    .use(async (c, next) => {
      c.set("principal", principal);
      await next();
    })
    .get("/", requires(requirement), (c) => c.text("in"));
  app.onError((thrown, c) =>
    c.json(thrown instanceof AppError ? thrown.failure : { code: "INTERNAL_ERROR" }),
  );
  const response = await app.request("/");
  const text = await response.text();
  return text === "in" ? text : (JSON.parse(text) as { code: string }).code;
}

test("a tier is enough where it is as high, or higher", async () => {
  for (const [at, tier] of TIERS.entries())
    for (const [least, needed] of TIERS.entries())
      expect(await asked({ ...somebody, tier }, { tier: needed })).toBe(
        at >= least ? "in" : "FORBIDDEN",
      );
});

test("a role and a scope have to be there", async () => {
  expect(await asked(somebody, { role: "user" })).toBe("in");
  expect(await asked(somebody, { role: "admin" })).toBe("FORBIDDEN");
  expect(await asked(somebody, { scope: "chat" })).toBe("in");
  expect(await asked(somebody, { scope: "account" })).toBe("FORBIDDEN");
  const admin = { ...somebody, roles: ["user" as const, "admin" as const] };
  expect(await asked({ ...admin, scopes: scopesOf(admin.roles) }, { scope: "admin" })).toBe("in");
  expect(scopesOf(["user"])).not.toContain("admin");
});
