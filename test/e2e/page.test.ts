// The page in a real browser, served by a real `npm start`. Each test is a visitor of its own.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";

/** Slow enough that there is time in the middle of an answer: about 3 s for a first one. */
const TOKEN_DELAY = "40";

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  [server, browser] = await Promise.all([
    startServer({ vars: { EMBEDDED_TOKEN_DELAY: TOKEN_DELAY, AUTO_TITLE: "false" } }),
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
  expect(complaints).toEqual([]);
});

test("tokens arrive as they are written, and the answer on the page is the one that is stored", async () => {
  await say("What are you?");
  const lengths: number[] = [];
  while ((await stop().count()) > 0) lengths.push((await answerText()).length);
  expect(new Set(lengths).size).toBeGreaterThan(5);
  expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));

  const [question, answer, ...rest] = await storedMessages();
  expect(question).toMatchObject({ role: "user", content: "What are you?" });
  expect(answer).toMatchObject({ role: "assistant", status: "completed", provider: "embedded" });
  expect(rest).toEqual([]);
  await eventually(answerText).toBe(plain(answer?.content));
  expect(await answers().last().innerText()).toContain("embedded model");
});

test("a reload in the middle of an answer goes on where it was, without a word twice", async () => {
  await say("Reload me");
  await eventually(async () => (await answerText()).length).toBeGreaterThan(40);
  const before = await answerText();
  await page.reload();
  await eventually(answerText).toContain(before);
  expect(await stop().count()).toBe(1);
  await ended();
  const messages = await storedMessages();
  expect(messages.map(({ status }) => status)).toEqual(["completed", "completed"]);
  await eventually(answerText).toBe(plain(messages[1]?.content));
  expect(await page.getByRole("article").count()).toBe(2);
});

test("a message whose page is gone before the server confirmed it is said exactly once", async () => {
  await say("Hello");
  await ended();
  await composer().fill("Once only");
  await composer().press("Enter");
  await page.reload();
  await eventually(() => page.getByRole("article", { name: "You" }).allInnerTexts()).toEqual([
    "Hello",
    "Once only",
  ]);
  await answers().nth(1).waitFor();
  await ended();
  const messages = await storedMessages();
  expect(messages.map(({ role, status }) => `${role} ${status}`)).toEqual([
    "user completed",
    "assistant completed",
    "user completed",
    "assistant completed",
  ]);
  expect(messages[2]?.content).toBe("Once only");
});

test("Stop keeps what arrived and marks it", async () => {
  await say("Stop me");
  await eventually(async () => (await answerText()).length).toBeGreaterThan(20);
  await stop().click();
  await ended();
  const answer = (await storedMessages())[1];
  expect(answer).toMatchObject({ status: "partial", finish_reason: "cancelled" });
  expect(answer?.content.length).toBeGreaterThan(20);
  await eventually(answerText).toBe(plain(answer?.content));
  expect(await answers().last().innerText()).toContain("Stopped");
  await page.reload();
  await eventually(async () => answers().last().innerText()).toContain("Stopped");
});

test("two windows on one conversation show the same answer as it is written", async () => {
  await say("For both");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await ended();
  const shown = await page.getByRole("log").innerText();
  await eventually(async () => other.getByRole("log").innerText()).toBe(shown);
});

test("a conversation is made, renamed and deleted", async () => {
  await say("A title of its own");
  const row = page.getByRole("navigation").getByRole("listitem");
  await eventually(async () => row.innerText()).toBe("A title of its own");
  await ended();

  await row.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Renamed");
  await page.keyboard.press("Enter");
  await eventually(async () => page.getByRole("heading", { level: 1 }).innerText()).toBe("Renamed");
  await page.reload();
  await eventually(async () => row.innerText()).toBe("Renamed");

  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No conversations yet.").waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
});

test("at 360 px the page does not scroll sideways, and the conversations are behind a button", async () => {
  await page.setViewportSize({ width: 360, height: 700 });
  await say(`A long word: ${"unbreakable".repeat(40)}`);
  await ended();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  expect(
    await page.evaluate("document.querySelector('.scroller').scrollWidth"),
  ).toBeLessThanOrEqual(360);
  const list = page.getByRole("link", { name: "New conversation" });
  expect(await list.isVisible()).toBe(false);
  await page.getByRole("button", { name: "Show conversations" }).click();
  await eventually(() => list.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await eventually(() => list.isVisible()).toBe(false);
});

test("the API is browsed at /docs: found by words, opened by its address, drawn to the last field", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server.url}/docs#postApiV1DocumentsSearch`);
  const opened = page.locator(".operation[open]");
  await eventually(() => opened.locator("pre").first().innerText()).toContain('"query"');
  expect(await opened.locator(".tree li").first().innerText()).toMatch(/query\s+string\s+required/);
  await opened.locator(".answer", { hasText: "429" }).locator("summary").click();
  await eventually(() => opened.innerText()).toMatch(/Retry-After\s+integer/);

  await page.getByRole("searchbox").fill("webhooks DELIVERIES");
  await eventually(() => page.locator(".operation:visible").count()).toBe(2);
  expect(await page.locator("main h2:visible").allInnerTexts()).toEqual(["Webhooks"]);
  await page.getByRole("searchbox").fill("");

  // Everything there is, level by level: a schema that cannot be drawn would be complained of.
  const closed = page.locator("main details:not([open])");
  for (let level = 0; level < 8 && (await closed.count()) > 0; level++)
    await closed.evaluateAll(async (all) => {
      for (const each of all) each.setAttribute("open", "");
      await new Promise((resolve) => setTimeout(resolve, 50)); // they fill themselves a little later
    });
  expect(await closed.count()).toBe(0);
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: window.innerWidth,
  }));
  expect(scroll).toBe(width);
});

const composer = () => page.getByRole("textbox", { name: "Message" });
const stop = () => page.getByRole("button", { name: "Stop", exact: true });
const answers = () => page.getByRole("article", { name: "Answer" });

/** Says `text` and waits until its answer runs. */
async function say(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press("Enter");
  await answers().last().waitFor();
}

/** Waits until nothing runs. */
async function ended(): Promise<void> {
  await eventually(() => page.locator("[aria-busy=true]").count()).toBe(0);
}

/** The words of the last answer. */
async function answerText(): Promise<string> {
  const text = answers().last().locator(".markdown");
  return (await text.count()) === 0 ? "" : plain(await text.innerText());
}

/** Text without its Markdown and with single spaces: what both sides must agree on. */
const plain = (text = "") => text.replaceAll(/[`>\s]+/g, " ").trim();

type Stored = { role: string; content: string; status: string; provider: string | null };

async function storedMessages(): Promise<Stored[]> {
  const id = new URL(page.url()).pathname.replace("/c/", "");
  const response = await page.request.get(`${server.url}/api/v1/conversations/${id}/messages`);
  const { messages }: { messages: Stored[] } = await response.json();
  return messages;
}
