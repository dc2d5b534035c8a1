// /auth/oidc: signing in with an outside OpenID provider. A browser is sent there with a cookie, and
// comes back with a code and that cookie; whose account it is then, linking.ts knows.
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { hashOf } from "../auth/opaque.ts";
import { SIGN_ON_TIME } from "../auth/sign-on.ts";
import { AppError, failureOf, STATUS_OF, unwrap } from "../errors.ts";
import { putToken } from "../store/one-time-tokens.ts";
import { addressOf } from "./address.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { tooManyFromHere } from "./credentials.ts";
import { describes, reads, takes } from "./declare.ts";
import { accountOf } from "./linking.ts";
import { openSession, setSessionCookies } from "./signing-in.ts";

const PATH = "/api/v1/auth/oidc";
const COOKIE = "ew_oidc";

const providerParam = z.object({
  provider: z.string().max(40, "should have at most 40 characters"),
});
const startQuery = z.object({
  return_to: z.string().default("/").describe("A path of this origin; anything else becomes `/`."),
});
const providersSchema = z.object({
  providers: z.array(z.object({ id: z.string(), name: z.string(), start_url: z.string() })),
});

const listed = describes("auth", "Whom one can sign in with", [
  { status: 200, description: "The providers that are configured", schema: providersSchema },
]);
const started = describes(
  "auth",
  "Begin to sign in: for a browser to navigate to",
  [{ status: 302, description: "To the provider" }],
  ["NOT_FOUND", "SERVICE_UNAVAILABLE"],
);
const finished = describes(
  "auth",
  "Where the provider sends the browser back to",
  [{ status: 302, description: "Signed in, by cookies, and on to `return_to`" }],
  ["AUTHENTICATION_ERROR", "FORBIDDEN", "NOT_FOUND", "RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE"],
);

/** RFC 6749 §4.1.2, §4.1.2.1, and RFC 9207. */
const brought = reads(
  { in: "query", name: "code", description: "What the provider gives out who it was for." },
  { in: "query", name: "state", description: "As it was sent to the provider." },
  { in: "query", name: "iss", description: "Which provider it is, where it says so." },
  { in: "query", name: "error", description: "In the place of a code: why there is none." },
);

export const oidc = new Hono<AppEnv>()
  .get("/", listed, (c) =>
    c.json({
      providers: c.var.services.signOn.providers.map(({ id, name }) => ({
        id,
        name,
        start_url: `${PATH}/${id}/start`,
      })),
    }),
  )
  .get(
    "/:provider/start",
    started,
    takes("param", providerParam),
    takes("query", startQuery),
    (c) =>
      toPage(c, async () => {
        const { provider } = c.req.valid("param");
        const { return_to } = c.req.valid("query");
        const { signOn } = c.var.services;
        const begun = unwrap(await signOn.begin(provider, redirectUri(c, provider), return_to));
        // Lax: the provider's redirect is a navigation from another site, and has to bring it.
        setCookie(c, COOKIE, begun.cookie, { ...cookieScope(c), maxAge: SIGN_ON_TIME / 1000 });
        return begun.location;
      }),
  )
  .get("/:provider/callback", finished, brought, takes("param", providerParam), (c) =>
    toPage(c, async () => {
      const { provider } = c.req.valid("param");
      const cookie = getCookie(c, COOKIE);
      deleteCookie(c, COOKIE, cookieScope(c));
      if (!(await c.var.services.shield("sign_in", addressOf(c)))) throw tooManyFromHere();
      return signIn(c, provider, cookie);
    }),
  );

/** Where to go on. */
async function signIn(
  c: AppContext,
  provider: string,
  cookie: string | undefined,
): Promise<string> {
  const { signOn } = c.var.services;
  try {
    const person = unwrap(
      await signOn.finish({
        provider,
        parameters: new URL(c.req.url).searchParams,
        redirect_uri: redirectUri(c, provider),
        cookie,
        spend: (state) => spend(c, state),
      }),
    );
    const user = await accountOf(c, person);
    setSessionCookies(c, await openSession(c, user));
    const by = { tenant_id: user.id, user_id: user.id, via: "oidc" };
    await audit(c, { action: "user.login", by, target: user.id, details: { provider } });
    return person.return_to;
  } catch (thrown) {
    const { code, details } = failureOf(thrown);
    if (code !== "NOT_FOUND")
      await audit(c, {
        action: "user.login",
        outcome: "failure",
        by: { tenant_id: "", user_id: null, via: "oidc" },
        details: { provider, code, reason: details["reason"] ?? null },
      });
    throw thrown;
  }
}

/** False where this answer of the provider has been used. */
async function spend(c: AppContext, state: string): Promise<boolean> {
  const { database, now } = c.var.services;
  const at = now();
  return putToken(database(""), {
    hash: await hashOf(state),
    purpose: "oidc_state",
    created_at: at,
    // The cookie that goes with it is refused from then on.
    expires_at: at + SIGN_ON_TIME,
    used_at: at,
  });
}

/** Redirects. A page that failed to sign in is sent home, with the code for it to explain; a program is told. */
async function toPage(c: AppContext, act: () => Promise<string>): Promise<Response> {
  c.header("Cache-Control", "no-store");
  try {
    return c.redirect(await act(), 302);
  } catch (thrown) {
    // Over plain http browsers do not say that they navigate.
    const mode = c.req.header("Sec-Fetch-Mode") ?? c.req.header("Accept") ?? "";
    const navigates = mode === "navigate" || mode.includes("text/html");
    if (!navigates || !(thrown instanceof AppError)) throw thrown;
    const { code, details } = thrown.failure;
    const { log } = c.var.services;
    if (STATUS_OF[code] >= 500)
      log.warning("request.failed", {
        request_id: c.var.request_id,
        path: c.req.path,
        code,
        details,
      });
    return c.redirect(`/?sign_in_error=${code}`, 302);
  }
}

/** As it is registered with the provider: the same at the beginning and at the end. */
function redirectUri(c: AppContext, provider: string): string {
  const origin = c.var.services.config.APP_URL ?? new URL(c.req.url).origin;
  return `${origin}${PATH}/${provider}/callback`;
}

function cookieScope(c: AppContext) {
  const secure = new URL(c.req.url).protocol === "https:";
  return { path: PATH, httpOnly: true, secure, sameSite: "Lax" } as const;
}
