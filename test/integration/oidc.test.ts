// Signing in through a real OpenID provider, from the page's link to the session, and whose account
// it is then.
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import { makeSealer } from "../../src/auth/sealed.ts";
import { outsideUserId } from "../../src/auth/outside-ids.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import type { User } from "../../src/protocol/account.ts";
import { variables } from "../../src/variables.ts";
import { Browser, type Login, ORIGIN, signedBy } from "./browser.ts";
import { Client, newTag } from "./client.ts";
import { Person, person } from "./people.ts";

const OIDC = "/api/v1/auth/oidc";
const providers = variables.shape.OIDC_PROVIDERS.parse(env.OIDC_PROVIDERS);
const issuerOf = (id: string) => providers.find((provider) => provider.id === id)?.issuer ?? "";

/** A page of Edgewise in a browser. */
class Page {
  readonly browser = new Browser();

  ask(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.browser.ask(new URL(url, ORIGIN).href, { headers }, (request) =>
      exports.default.fetch(request),
    );
  }

  /** From the link to where the provider sends the browser back to. */
  async approved(login: Login, provider = "confidential", return_to = "/"): Promise<string> {
    const query = new URLSearchParams({ return_to });
    const started = await this.ask(`${OIDC}/${provider}/start?${query.toString()}`);
    expect(started.status).toBe(302);
    return this.browser.approve(started.headers.get("Location") ?? "", login);
  }

  /** The whole way: the answer that signs in. */
  async signIn(login: Login, provider = "confidential", return_to = "/"): Promise<Response> {
    return this.ask(await this.approved(login, provider, return_to));
  }

  async me(): Promise<User> {
    const response = await this.ask("/api/v1/auth/me");
    expect(response.status).toBe(200);
    return response.json<User>();
  }
}

async function signedIn(login: Login, provider = "confidential"): Promise<User> {
  const page = new Page();
  const response = await page.signIn(login, provider);
  expect([response.status, response.headers.get("Location")]).toEqual([302, "/"]);
  return page.me();
}

const told = async (response: Response) => {
  await response.body?.cancel();
  return [response.status, response.headers.get("X-Error-Code")];
};

/** Somebody nobody has met: a name, an email, and what they type at the provider. */
function somebody(verified: "yes" | "no" = "yes") {
  const name = newTag();
  const email = `${name}@example.org`;
  const login: Login = `${name}:${email}:${verified}`;
  return { email, login };
}

async function audited(user_id: string | null): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT action || ' ' || outcome AS line FROM audit WHERE user_id IS ? ORDER BY at, id",
  )
    .bind(user_id)
    .all<{ line: string }>();
  return results.map(({ line }) => line);
}

/** Somebody who registered here with this email, and never followed the link in the mail. */
async function unverified(email: string): Promise<Person> {
  const one = await person({ email });
  await env.DB.prepare("UPDATE users SET email_verified_at = NULL WHERE id = ?").bind(one.id).run();
  return one;
}

test("the providers are listed with where to begin", async () => {
  const { providers: listed } = await new Client().json<{ providers: unknown[] }>(OIDC);
  expect(listed).toContainEqual({
    id: "confidential",
    name: "Confidential Ltd.",
    start_url: `${OIDC}/confidential/start`,
  });
});

test("somebody new signs in, has an account, and finds it again", async () => {
  const { email, login } = somebody();
  const page = new Page();
  const response = await page.signIn(login, "confidential", "/c/1?tab=2");
  expect([response.status, response.headers.get("Location")]).toEqual([302, "/c/1?tab=2"]);
  expect(page.browser.cookies(ORIGIN).has("ew_oidc")).toBe(false);
  const user = await page.me();
  expect(user).toMatchObject({ email, email_verified: true, role: "user", tier: "free" });
  expect(user.id).toBe(await outsideUserId(issuerOf("confidential"), login));
  expect(await audited(user.id)).toEqual(["user.register success", "user.login success"]);
  expect((await signedIn(login)).id).toBe(user.id);
});

test("the cookie of a sign-in is for the way there and back only", async () => {
  const response = await new Page().ask(`${OIDC}/open/start`);
  const [cookie = ""] = response.headers.getSetCookie();
  for (const part of [
    "ew_oidc=",
    "Path=/api/v1/auth/oidc",
    "Max-Age=600",
    "HttpOnly",
    "SameSite=Lax",
  ])
    expect(cookie).toContain(part);
  const location = new URL(response.headers.get("Location") ?? "");
  expect(location.searchParams.get("redirect_uri")).toBe(`${ORIGIN}${OIDC}/open/callback`);
  expect(location.searchParams.get("code_challenge_method")).toBe("S256");
});

test("somebody's bearer token and their sign-in are one person", async () => {
  const { login } = somebody();
  const bearer = new Client();
  bearer.token = await signedBy("confidential", {
    iss: issuerOf("confidential"),
    aud: "edgewise-api",
    sub: login,
  });
  const conversation = await bearer.conversation();
  const page = new Page();
  await page.signIn(login);
  const { conversations } = await (
    await page.ask("/api/v1/conversations")
  ).json<{ conversations: { id: string }[] }>();
  expect(conversations.map(({ id }) => id)).toEqual([conversation]);
});

test("a callback counts once", async () => {
  const { login } = somebody();
  const page = new Page();
  const started = await page.ask(`${OIDC}/open/start`);
  const cookie = page.browser.cookies(ORIGIN).get("ew_oidc") ?? "";
  const returned = await page.browser.approve(started.headers.get("Location") ?? "", login);
  expect((await page.ask(returned)).status).toBe(302);
  // The browser no longer has the cookie; whoever kept it gets no further.
  expect(await told(await page.ask(returned))).toEqual([401, "AUTHENTICATION_ERROR"]);
  const thief = await new Page().ask(returned, { Cookie: `ew_oidc=${cookie}` });
  expect(await told(thief)).toEqual([401, "AUTHENTICATION_ERROR"]);
  expect(thief.headers.getSetCookie().join()).not.toContain("ew_access");
});

test("an answer that another browser asked for signs nobody in", async () => {
  const { login } = somebody();
  const returned = await new Page().approved(login, "open");
  const victim = new Page();
  expect(await told(await victim.ask(returned))).toEqual([401, "AUTHENTICATION_ERROR"]);
  await victim.ask(`${OIDC}/open/start`);
  const refused = await victim.ask(returned);
  expect(await told(refused)).toEqual([401, "AUTHENTICATION_ERROR"]);
  // The cookie goes in every outcome.
  expect(refused.headers.getSetCookie().join()).toMatch(/ew_oidc=;/);
  expect(victim.browser.cookies(ORIGIN).has("ew_access")).toBe(false);
  expect(await audited(null)).toContain("user.login failure");
});

test("an ID token for another nonce signs nobody in", async () => {
  const page = new Page();
  const returned = await page.approved(somebody().login, "open");
  const sealer = makeSealer(async () => env.APP_SECRET_KEY, Date.now);
  const sealed = page.browser.cookies(ORIGIN).get("ew_oidc") ?? "";
  const { exp: _exp, ...begun } = (await sealer.open("oidc", sealed)) ?? {};
  expect(begun).toHaveProperty("nonce");
  const cookie = await sealer.seal("oidc", { ...begun, nonce: "another" }, Date.now() + 60_000);
  const response = await new Page().ask(returned, { Cookie: `ew_oidc=${cookie}` });
  expect(await told(response)).toEqual([401, "AUTHENTICATION_ERROR"]);
});

test("a page that failed to sign in is sent home with the reason; a program is told", async () => {
  const page = new Page();
  const navigating = { "Sec-Fetch-Mode": "navigate" };
  const home = await page.ask(`${OIDC}/open/callback?code=x&state=y`, navigating);
  expect([home.status, home.headers.get("Location")]).toEqual([
    302,
    "/?sign_in_error=AUTHENTICATION_ERROR",
  ]);
  const away = await page.ask(`${OIDC}/away/start`, navigating);
  expect(away.headers.get("Location")).toBe("/?sign_in_error=SERVICE_UNAVAILABLE");
  expect(await told(await page.ask(`${OIDC}/away/start`))).toEqual([503, "SERVICE_UNAVAILABLE"]);
  expect(await told(await page.ask(`${OIDC}/nobody/start`))).toEqual([404, "NOT_FOUND"]);
  expect(await told(await page.ask(`${OIDC}/nobody/callback`))).toEqual([404, "NOT_FOUND"]);
});

test("a verified email leads to the account that has it", async () => {
  const { email, login } = somebody();
  const local = await person({ email });
  const user = await signedIn(login);
  expect(user.id).toBe(local.id);
  expect(await audited(local.id)).toContain("user.link success");
  // And is still theirs.
  expect(await local.told("/api/v1/auth/me")).toBe("200");
  await local.signIn();
  // From another provider, too; the identity stays when the email changes.
  expect((await signedIn(login, "open")).id).toBe(local.id);
  await env.DB.prepare("UPDATE users SET email_key = 'x' || email_key WHERE id = ?")
    .bind(local.id)
    .run();
  expect((await signedIn(login)).id).toBe(local.id);
});

test("an email that the provider verifies later is verified from then on", async () => {
  const { login } = somebody();
  const { id } = await signedIn(login);
  await env.DB.prepare("UPDATE users SET email_verified_at = NULL WHERE id = ?").bind(id).run();
  expect(await signedIn(login)).toMatchObject({ id, email_verified: true });
});

test("an email that the provider has not verified leads nowhere", async () => {
  const { email, login } = somebody("no");
  const local = await person({ email });
  const user = await signedIn(login);
  expect(user.id).not.toBe(local.id);
  expect(user).toMatchObject({ email: null, email_verified: false });
  expect(await local.told("/api/v1/auth/me")).toBe("200");
});

test("an account that a stranger registered with somebody's email is theirs no more", async () => {
  const { email, login } = somebody();
  const squatter = await unverified(email);
  const program = await squatter.apiKey(["chat"]);
  expect(await squatter.told("/api/v1/auth/me")).toBe("200");
  const owner = await signedIn(login);
  expect(owner).toMatchObject({ id: squatter.id, email, email_verified: true });
  expect(await squatter.told("/api/v1/auth/me")).toBe("401 AUTHENTICATION_ERROR");
  expect(await program.told("/api/v1/conversations")).toBe("401 AUTHENTICATION_ERROR");
  await expect(squatter.signIn()).rejects.toThrow("401");
  const { refresh_token } = squatter;
  expect(await new Person().told("/api/v1/auth/refresh", { json: { refresh_token } })).toBe(
    "401 AUTHENTICATION_ERROR",
  );
  expect(await audited(squatter.id)).toContain("user.claimed success");
});

test("an account that somebody else signs in to from elsewhere stays theirs; the email does not", async () => {
  const { email, login } = somebody();
  // Unverified at one provider, and taken there first.
  const squatting: Login = `squatter:${email}:no`;
  const squatter = await signedIn(squatting, "open");
  expect(squatter.email).toBe(email);
  const owner = await signedIn(login);
  expect(owner).toMatchObject({ email, email_verified: true });
  expect(owner.id).not.toBe(squatter.id);
  expect(await signedIn(squatting, "open")).toMatchObject({ id: squatter.id, email: null });
});

test("whom a trusted issuer's tokens lead to an account, keeps it; the email goes to its owner", async () => {
  const { email, login } = somebody();
  const bearer = new Client();
  const claims = { iss: issuerOf("confidential"), aud: "edgewise-api", sub: newTag() };
  bearer.token = await signedBy("confidential", claims);
  await bearer.json("/api/v1/conversations", { json: {} });
  const id = await outsideUserId(claims.iss, claims.sub);
  await env.DB.prepare(
    `INSERT INTO users (id, email, email_key, role, tier, features, limits, is_active, created_at, updated_at)
     VALUES (?1, ?2, ?2, 'user', 'free', '[]', '{}', 1, 1, 1)
     ON CONFLICT (id) DO UPDATE SET email = ?2, email_key = ?2`,
  )
    .bind(id, email)
    .run();
  const owner = await signedIn(login);
  expect(owner.id).not.toBe(id);
  expect(owner).toMatchObject({ email, email_verified: true });
});

test("where nobody may register, only who has an account gets in", async () => {
  const shared = composeShared(env);
  const services = composeRequest(env, shared);
  const closed = makeApp({
    ...services,
    config: { ...services.config, ALLOW_REGISTRATION: false },
  });
  const answer = async (login: Login) => {
    const page = new Page();
    const returned = await page.approved(login);
    return page.browser.ask(returned, {}, async (request) =>
      closed.fetch(request, env, createExecutionContext()),
    );
  };
  const { email, login } = somebody();
  expect(await told(await answer(login))).toEqual([403, "FORBIDDEN"]);
  const { results } = await env.DB.prepare("SELECT id FROM users WHERE email_key = ?")
    .bind(email)
    .all();
  expect(results).toEqual([]);
  await person({ email });
  expect((await answer(login)).status).toBe(302);
});

test("a deactivated account is not signed in to", async () => {
  const { login } = somebody();
  const user = await signedIn(login);
  await env.DB.prepare("UPDATE users SET is_active = 0 WHERE id = ?").bind(user.id).run();
  expect(await told(await new Page().signIn(login))).toEqual([403, "FORBIDDEN"]);
  // Nor through another provider, by its email.
  expect(await told(await new Page().signIn(login, "open"))).toEqual([403, "FORBIDDEN"]);
});

test("two callbacks at once for somebody new end in one account", async () => {
  const { email, login } = somebody();
  const pages = [new Page(), new Page(), new Page(), new Page()];
  const returned = await Promise.all(
    pages.map((page, at) => page.approved(login, at % 2 === 0 ? "open" : "confidential")),
  );
  const answers = await Promise.all(pages.map((page, at) => page.ask(returned[at] ?? "")));
  expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302]);
  const ids = await Promise.all(pages.map(async (page) => (await page.me()).id));
  expect(new Set(ids).size).toBe(1);
  const { results } = await env.DB.prepare("SELECT id FROM users WHERE email_key = ?")
    .bind(email)
    .all();
  expect(results).toHaveLength(1);
});

test("a token of a trusted issuer is somebody in the tenant it names, and no further", async () => {
  const claims = { iss: "https://tokens.example", aud: "edgewise-api", org_id: "acme" };
  const [ann, bob] = [new Client(), new Client()];
  ann.token = await signedBy("tokens", { ...claims, sub: newTag() });
  bob.token = await signedBy("tokens", { ...claims, sub: newTag() });
  const conversation = await ann.conversation();
  expect((await bob.fetch(`/api/v1/conversations/${conversation}`)).status).toBe(404);
  const elsewhere = new Client();
  elsewhere.token = await signedBy("tokens", { ...claims, aud: "another-api", sub: "ann" });
  expect(await told(await elsewhere.fetch("/api/v1/conversations"))).toEqual([
    401,
    "AUTHENTICATION_ERROR",
  ]);
});
