// Accounts on the page: signing in and out, what is whose, sessions that go on by themselves, keys.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { linkTo } from "./mails.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";
import {
  choose,
  corner,
  dialog,
  listed,
  register,
  rows,
  say,
  signIn,
  signInButton,
  somebody,
} from "./people.ts";

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  [server, browser] = await Promise.all([
    startServer({ vars: { EMBEDDED_TOKEN_DELAY: "1", AUTO_TITLE: "false" } }),
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
  // A browser reports every refusal; those that a test provokes are answers, not faults.
  expect(complaints.filter((it) => !/status of 40[01]/.test(it))).toEqual([]);
});

test("what is said in an account is there for its owner, and for nobody else", async () => {
  const ada = somebody();
  await say(page, "As a visitor");
  await eventually(() => rows(page).allInnerTexts()).toEqual(["As a visitor"]);
  await listed(page, "As a visitor");

  await signInButton(page).click();
  await register(page, ada);
  expect(await dialog(page).count()).toBe(0);
  expect(new URL(page.url()).pathname).toBe("/"); // the visitor's conversation is foreign now
  await page.getByText("No conversations yet.").waitFor();
  await say(page, "As Ada");
  await eventually(() => rows(page).allInnerTexts()).toEqual(["As Ada"]);
  await listed(page, "As Ada");
  const address = page.url();

  await choose(page, "Sign out");
  await signInButton(page).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  await eventually(() => rows(page).allInnerTexts()).toEqual(["As a visitor"]);
  await page.goto(address);
  await page.getByText("is not yours").waitFor();
  expect(await page.getByText("As Ada").count()).toBe(0);

  await signInButton(page).click();
  await signIn(page, ada);
  await corner(page).waitFor();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["As Ada"]);
  await page.getByRole("article", { name: "You" }).getByText("As Ada").waitFor();
  expect(page.url()).toBe(address); // the conversation of the address turned out to be theirs
  expect(complaints).toContainEqual(expect.stringContaining("404"));
  complaints.length = 0;
});

test("signing in and out in one window holds in the other", async () => {
  const other = await page.context().newPage();
  await other.goto(server.url);
  await page.bringToFront();
  await signInButton(page).click();
  await register(page, somebody());
  await other.bringToFront();
  await corner(other).waitFor();
  await say(other, "From the other window");
  await page.bringToFront(); // a window behind another paints nothing
  const composer = () => page.getByRole("textbox", { name: "Message", exact: true });
  await composer().fill("For nobody else");
  await choose(page, "Sign out");
  await signInButton(other).waitFor();
  expect(await other.getByText("From the other window").count()).toBe(0);
  await page.reload();
  await signInButton(page).waitFor();
  expect(await composer().inputValue()).toBe("");
});

test("what is wrong with a form stands beside its field, and takes the focus there", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await dialog(page).getByRole("button", { name: "Make an account" }).click();
  const email = dialog(page).getByLabel("Email");
  await email.fill("not an address");
  await dialog(page).getByLabel("Password").fill("short");
  await dialog(page).getByRole("button", { name: "Make the account" }).click();
  await dialog(page).getByText("This does not look like an email address.").waitFor();
  await dialog(page).getByText("Use at least 8 characters.").waitFor();
  expect(await email.evaluate("document.activeElement.name")).toBe("email");
  expect(await email.getAttribute("aria-invalid")).toBe("true");
  await dialog(page).getByRole("button", { name: "Sign in" }).click();
  await register(page, ada);
  await choose(page, "Sign out");

  await signInButton(page).click();
  await signIn(page, { ...ada, password: "not the password" });
  await dialog(page).getByRole("alert").getByText("do not go together").waitFor();
  await dialog(page).getByRole("button", { name: "Make an account" }).click();
  await dialog(page).getByLabel("Email").fill(ada.email);
  await dialog(page).getByLabel("Password").fill(ada.password);
  await dialog(page).getByRole("button", { name: "Make the account" }).click();
  await dialog(page).getByText("It is registered already.").waitFor();
  await page.keyboard.press("Escape");
  await eventually(() => dialog(page).count()).toBe(0);
  expect(await signInButton(page).evaluate("document.activeElement.innerText")).toBe("Sign in");
});

test("a session whose access has expired goes on in every window, renewed once", async () => {
  const renewals: string[] = [];
  page.context().on("request", (request) => {
    if (request.url().endsWith("/auth/refresh")) renewals.push(request.url());
  });
  await signInButton(page).click();
  await register(page, somebody());
  await say(page, "Before");
  await listed(page, "Before");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole("article", { name: "Answer" }).waitFor();

  // Nothing of theirs is under way when the cookie goes.
  const url = page.url();
  await Promise.all([page.goto("about:blank"), other.goto("about:blank")]);
  await page.context().clearCookies({ name: "ew_access" });
  await Promise.all([page.goto(url), other.goto(url)]);
  await Promise.all([corner(page).waitFor(), corner(other).waitFor()]);
  await page.bringToFront();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Before"]);
  await say(page, "After");
  await other.bringToFront();
  await other.getByText("After", { exact: true }).first().waitFor();
  expect(renewals).toHaveLength(1);
  expect(await page.evaluate("JSON.stringify({ ...localStorage })")).not.toMatch(/ey[\w-]+\./);
});

test("an API key is shown once, works, and stops when it is revoked", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await register(page, ada);
  await choose(page, "Settings");
  await dialog(page).getByLabel("What is it for?").fill("A script");
  await dialog(page).getByRole("button", { name: "Make a key" }).click();
  const key = await dialog(page).getByLabel("API key", { exact: true }).inputValue();
  const read = () =>
    fetch(`${server.url}/api/v1/conversations`, { headers: { Authorization: `Bearer ${key}` } });
  expect((await read()).status).toBe(200);

  await page.reload();
  await choose(page, "Settings");
  await dialog(page).getByText("A script").waitFor();
  expect(await dialog(page).innerText()).not.toContain(key);
  await dialog(page).getByRole("button", { name: "Revoke “A script”" }).click();
  await dialog(page).getByRole("button", { name: "Revoke for good" }).click();
  await dialog(page).getByText("You have none.").waitFor();
  expect((await read()).status).toBe(401);
});

test("settings change the name and the password, and sign out everywhere", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await register(page, ada);
  await choose(page, "Settings");
  await dialog(page).getByLabel("Name", { exact: false }).first().fill("Augusta King");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await dialog(page).getByText("Saved.").waitFor();

  const change = dialog(page).getByRole("button", { name: "Change the password" });
  await dialog(page).getByLabel("Current password").fill("not the password");
  await dialog(page).getByLabel("New password").fill("staple of another kind");
  await change.click();
  await dialog(page).getByText("It is not your password.").waitFor();
  await dialog(page).getByLabel("Current password").fill(ada.password);
  await change.click();
  await dialog(page).getByText("Changed.").waitFor();

  await dialog(page).getByRole("button", { name: "Sign out everywhere" }).click();
  await signInButton(page).click();
  await signIn(page, { ...ada, password: "staple of another kind" });
  await page.getByRole("button", { name: "Augusta King" }).waitFor();
  expect(complaints).toContainEqual(expect.stringContaining("403"));
  complaints.length = 0;
});

test("another email takes the password, and counts once the link to it was followed", async () => {
  const ada = somebody();
  const { email } = somebody();
  await signInButton(page).click();
  await register(page, ada);
  await choose(page, "Settings");
  const you = dialog(page).getByRole("region", { name: "You" });
  const save = you.getByRole("button", { name: "Save" });
  const password = you.getByLabel("Current password");
  expect(await password.count()).toBe(0);
  await you.getByLabel("Email").fill(email);
  await password.fill("not the password");
  await save.click();
  await you.getByText("It is not your password.").waitFor();
  await password.fill(ada.password);
  await save.click();
  await you.getByText(`A link is on its way to ${email}.`).waitFor();
  await you.getByText(`until then ${ada.email} counts`).waitFor();
  expect(await you.getByLabel("Email").inputValue()).toBe(ada.email);
  expect(await password.count()).toBe(0);

  await page.goto(await linkTo(server, email, "verify"));
  await dialog(page).getByText("Your email address is confirmed.").waitFor();
  await dialog(page).getByRole("button", { name: "Go on" }).click();
  await choose(page, "Settings");
  expect(await you.getByLabel("Email").inputValue()).toBe(email);
  expect(await you.getByText("on its way").count()).toBe(0);
  expect(complaints).toContainEqual(expect.stringContaining("403"));
  complaints.length = 0;
});

test("where somebody is signed in is listed, and each place can be signed out", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await register(page, ada);
  const elsewhere = await browser.newContext({
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  });
  const other = await elsewhere.newPage();
  await other.goto(server.url);
  await signInButton(other).click();
  await signIn(other, ada);
  await corner(other).waitFor();

  await choose(page, "Settings");
  const places = dialog(page).getByRole("list", { name: "Where you are signed in" });
  await places.getByText("this browser").waitFor();
  await places.getByRole("button", { name: "Sign out on “Firefox on Linux”" }).click();
  await eventually(() => places.getByRole("listitem").count()).toBe(1);
  await other.reload();
  await dialog(other).getByText("Your session has ended.").waitFor();
  await elsewhere.close();
});

test("a forgotten password is replaced through the link of a mail", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await register(page, ada);
  await choose(page, "Sign out");
  await signInButton(page).click();
  await dialog(page).getByRole("button", { name: "Forgot your password?" }).click();
  await dialog(page).getByLabel("Email").fill(ada.email);
  await dialog(page).getByRole("button", { name: "Send the link" }).click();
  await dialog(page).getByText("a link is on its way").waitFor();

  await page.goto(await linkTo(server, ada.email, "reset"));
  expect(page.url()).toBe(`${server.url}/`);
  await dialog(page).getByLabel("New password").fill("a wholly new password");
  await dialog(page).getByRole("button", { name: "Change the password" }).click();
  await dialog(page).getByText("Your password is changed.").waitFor();
  await signIn(page, { ...ada, password: "a wholly new password" });
  await corner(page).waitFor();
});

test("an email address is confirmed by following its link, once", async () => {
  const ada = somebody();
  await signInButton(page).click();
  await register(page, ada);
  await choose(page, "Settings");
  await dialog(page).getByText("not confirmed yet").waitFor();

  const link = await linkTo(server, ada.email, "verify");
  await page.goto(link);
  expect(page.url()).toBe(`${server.url}/`);
  await dialog(page).getByText("Your email address is confirmed.").waitFor();
  await dialog(page).getByRole("button", { name: "Go on" }).click();
  await choose(page, "Settings");
  await dialog(page).getByLabel("Current password").waitFor();
  expect(await dialog(page).getByText("not confirmed yet").count()).toBe(0);
  await page.goto(link);
  await dialog(page).getByRole("alert").getByText("was used before").waitFor();
});
