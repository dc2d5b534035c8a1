// The page where nobody is answered without an account, as it is deployed.
import { spawnSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";
import { linkTo } from "./mails.ts";
import { choose, dialog, listed, register, rows, say, signIn, somebody } from "./people.ts";

const ADMIN = { email: "root@example.com", password: "a long one for the root" };

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  const persist = await mkdtemp(join(tmpdir(), "edgewise-"));
  const { email, password } = ADMIN;
  const admin = ["create", "--email", email, "--password", password, "--persist-to", persist];
  spawnSync("npm", ["run", "--silent", "admin", "--", ...admin]);
  const vars = { EMBEDDED_TOKEN_DELAY: "1", ALLOW_ANONYMOUS: "false", AUTO_TITLE: "false" };
  [server, browser] = await Promise.all([startServer({ vars, persist }), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async (context) => {
  if (!hasBrowser) context.skip(SKIPPED);
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  complaints = complaintsOf(page);
  await page.goto(server.url);
});

afterEach(async () => {
  if (!hasBrowser) return;
  await page.context().close();
  // Each refusal that a test provokes is reported by the browser; those are answers, not faults.
  expect(complaints.filter((it) => !it.includes("status of 401"))).toEqual([]);
});

test("a stranger signs in first, and has to again after signing out", async () => {
  const ada = somebody();
  await dialog(page).getByText("Sign in to use Edgewise.").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  expect(await dialog(page).isVisible()).toBe(true);
  await register(page, ada);
  await say(page, "Mine");
  await listed(page, "Mine");
  await choose(page, "Sign out");
  await dialog(page).getByText("Sign in to use Edgewise.").waitFor();
  expect(await page.getByText("Mine").count()).toBe(0);
  await signIn(page, ada);
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Mine"]);
});

test("an open page goes on when its access ends, without a reload", async () => {
  await register(page, somebody());
  await say(page, "Before");
  await page.context().clearCookies({ name: "ew_access" });
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Renamed");
  await page.keyboard.press("Enter");
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Renamed"]);
  await page.context().clearCookies({ name: "ew_access" });
  await page.reload();
  await say(page, "After");
  expect(await dialog(page).count()).toBe(0);
});

test("what was written when a session ended waits for its owner, and is said once", async () => {
  const ada = somebody();
  await register(page, ada);
  await say(page, "Before");
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(server.url);
  await signIn(other, ada);
  await choose(other, "Settings");
  await dialog(other).getByRole("button", { name: "Sign out everywhere" }).click();
  await dialog(other).getByText("Sign in to use Edgewise.").waitFor();
  await elsewhere.close();

  await page.getByRole("textbox", { name: "Message" }).fill("Do not lose me");
  await page.keyboard.press("Enter");
  await dialog(page).getByText("Your session has ended.").waitFor();
  await signIn(page, ada);
  await page.locator(".answer[aria-busy=false]").nth(1).waitFor();
  const questions = page.getByRole("article", { name: "You" });
  expect(await questions.allInnerTexts()).toEqual(["Before", "Do not lose me"]);
});

test("somebody invited makes an account and is in, their address confirmed by the way", async () => {
  const ada = somebody();
  await invite(ada.email);
  await page.goto(await linkTo(server, ada.email, "invitation"));
  expect(page.url()).toBe(`${server.url}/`);
  await register(page, ada);
  await dialog(page).getByText("You are a member of The Society now.").waitFor();
  await dialog(page).getByRole("button", { name: "Go on" }).click();
  await choose(page, "Settings");
  await dialog(page).getByLabel("Current password").waitFor();
  expect(await dialog(page).getByText("not confirmed yet").count()).toBe(0);
});

test("a member of an organisation acts there or for themselves, in every window", async () => {
  const ada = somebody();
  await invite(ada.email);
  await page.goto(await linkTo(server, ada.email, "invitation"));
  await register(page, ada);
  await dialog(page).getByRole("button", { name: "Go on" }).click();
  await say(page, "For myself");
  await listed(page, "For myself");
  const address = page.url();
  const other = await page.context().newPage();
  await other.goto(address);
  await eventually(() => rows(other).allInnerTexts()).toEqual(["For myself"]);

  await page.bringToFront();
  await choose(page, "The Society");
  await page.getByRole("button", { name: "Ada Lovelace The Society" }).waitFor();
  await page.getByText("No conversations yet.").waitFor();
  await eventually(() => page.url()).toBe(`${server.url}/`); // the conversation is not of this space
  await say(page, "For the Society");
  await other.bringToFront();
  await other.getByRole("button", { name: "Ada Lovelace The Society" }).waitFor();
  expect(await other.getByText("For myself").count()).toBe(0);

  await eventually(() => rows(page).allInnerTexts()).toEqual(["For the Society"]);
  await listed(page, "For the Society");
  await other.reload();
  await other.getByRole("button", { name: "Ada Lovelace The Society" }).waitFor();
  await eventually(() => rows(other).allInnerTexts()).toEqual(["For the Society"]);
  await choose(other, "Your own space");
  await eventually(() => rows(other).allInnerTexts()).toEqual(["For myself"]);
  await page.bringToFront();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["For myself"]);
  expect(complaints).toContainEqual(expect.stringContaining("404"));
  complaints.length = 0;
});

test("a message that the budget does not cover says so, and is there to be sent again", async () => {
  await register(page, somebody());
  const me = await page.request.get(`${server.url}/api/v1/auth/me`);
  const { id }: { id: string } = await me.json();
  const limit = async (daily_tokens: number | null) =>
    asAdmin("PUT", `admin/users/${id}`, { limits: { daily_tokens } });
  await limit(1);
  await page.getByRole("textbox", { name: "Message" }).fill("Too dear");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Your budget does not cover this.").waitFor();
  await limit(null);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".answer[aria-busy=false]").waitFor();
  expect(await page.getByRole("article", { name: "You" }).allInnerTexts()).toEqual(["Too dear"]);
});

/** An administrator invites them to an organisation. */
async function invite(email: string): Promise<void> {
  const { id } = await asAdmin("POST", "admin/organisations", { name: "The Society" });
  await asAdmin("POST", `admin/organisations/${id}/invitations`, { email });
}

async function asAdmin(method: string, path: string, body: object): Promise<{ id: string }> {
  const ask = (how: string, where: string, what: object, token = "") =>
    fetch(`${server.url}/api/v1/${where}`, {
      method: how,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(what),
    });
  const { email: username, password } = ADMIN;
  const login = await ask("POST", "auth/login", { username, password });
  const { access_token } = (await login.json()) as { access_token: string };
  const response = await ask(method, path, body, access_token);
  expect(response.ok).toBe(true);
  return response.json() as Promise<{ id: string }>;
}
