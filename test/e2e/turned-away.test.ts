// The page where nobody is answered without an account, as it is deployed.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";
import { choose, dialog, register, rows, say, signIn, somebody } from "./people.ts";

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  [server, browser] = await Promise.all([
    startServer({ vars: { EMBEDDED_TOKEN_DELAY: "1", ALLOW_ANONYMOUS: "false" } }),
    launch(),
  ]);
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
