// Documents on the page, in a real browser, served by a real `npm start`: how they come in, and how
// answers point at them. Each test is a visitor of its own.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";
import { say } from "./people.ts";

const HANDBOOK = `Everybody has thirty days of paid leave a year.
Journeys under six hundred kilometres are made by train.
<b id="planted">A night in a hotel is refunded up to 140 euros.</b>
Laptops are replaced after four years.`;
const MARKDOWN = "text/markdown";

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  [server, browser] = await Promise.all([
    startServer({ vars: { EMBEDDED_TOKEN_DELAY: "20", AUTO_TITLE: "false" } }),
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
  await page.goto(`${server.url}/documents`);
});

afterEach(async () => {
  if (!hasBrowser) return;
  await page.context().close();
  expect(complaints).toEqual([]);
});

test("a document that is uploaded answers a question, with a source that opens at what was quoted", async () => {
  await page.getByText("No documents yet").waitFor();
  await upload("handbook.txt", HANDBOOK);
  await ready("handbook.txt");
  await page.getByRole("button", { name: "Ask from these" }).click();
  await eventually(() => answering().isChecked()).toBe(true);
  await page.getByRole("textbox", { name: "Message" }).fill("How many days of paid leave?");
  await page.keyboard.press("Enter");
  await page.getByText("Found 1 source").waitFor();
  await page.locator(".answer[aria-busy=false]").waitFor();

  const cited = answer().getByRole("button", { name: "Source 1: handbook.txt" }).first();
  await cited.press("Enter");
  expect(await page.getByRole("dialog").getByRole("heading").innerText()).toBe(
    "Source 1: handbook.txt",
  );
  const passage = page.locator("dialog blockquote");
  expect(await passage.locator("mark").innerText()).toContain("thirty days of paid leave");
  // What a document says is text, whatever it looks like.
  expect(await passage.innerText()).toContain('<b id="planted">');
  expect(await page.locator("#planted").count()).toBe(0);
  await page.keyboard.press("Escape");
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
    "Source 1: handbook.txt",
  );

  await page.reload();
  await eventually(() => answering().isChecked()).toBe(true);
  await answer().getByRole("list", { name: "Sources" }).getByRole("button").first().click();
  expect(await page.locator("dialog blockquote mark").innerText()).toContain("thirty days");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Documents" }).click();
  await row("handbook.txt").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  expect(await row("handbook.txt").count()).toBe(1);
  await row("handbook.txt").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No documents yet").waitFor();
  await page.reload();
  await page.getByText("No documents yet").waitFor();
});

test("whether a conversation is answered from documents is kept with it", async () => {
  await upload("handbook.txt", HANDBOOK);
  await ready("handbook.txt");
  await page.getByRole("link", { name: "New conversation" }).click();
  expect(await answering().isChecked()).toBe(false);
  await say(page, "What are you?");
  expect(await answer().getByRole("list", { name: "Sources" }).count()).toBe(0);

  await answering().check();
  await say(page, "When are laptops replaced?");
  await answer().last().getByRole("list", { name: "Sources" }).waitFor();
  await page.reload();
  await eventually(() => answering().isChecked()).toBe(true);
  const other = await page.context().newPage();
  await other.goto(page.url());
  const there = other.getByRole("switch", { name: "Answer from documents" });
  await eventually(() => there.isChecked()).toBe(true);
  await answering().uncheck();
  await eventually(() => there.isChecked()).toBe(false);
});

test("several files are dropped at once; one that cannot be read says why, one that is here already is named", async () => {
  await drop([
    ["one.md", "# Owls\n\nOwls hunt at night.", MARKDOWN],
    ["nothing.txt", "", "text/plain"],
    ["two.csv", "bird,food\nheron,fish", "text/csv"],
  ]);
  await ready("one.md");
  await ready("two.csv");
  await row("nothing.txt").getByText("The file has no text in it.").waitFor();
  await row("nothing.txt").getByRole("button", { name: "Try again" }).waitFor();

  await drop([["the same.md", "# Owls\n\nOwls hunt at night.", MARKDOWN]]);
  await page.getByText("Is here already, as “one.md”.").waitFor();
  await page.getByRole("button", { name: "Dismiss “the same.md”" }).click();
  expect(await page.getByRole("list", { name: "On their way" }).count()).toBe(0);
  expect(await rows().count()).toBe(3);
});

test("a text is pasted, and what the server says against an address stands beside it", async () => {
  await way("Text").click();
  await field("Name").fill("Notes of Monday");
  await field("Text").fill("Ada brings the cake.");
  await page.getByRole("button", { name: "Bring it" }).click();
  await ready("Notes of Monday");

  await way("Address").click();
  await field("Address").fill("not an address");
  await page.getByRole("button", { name: "Bring it" }).click();
  await page.getByText("This does not look like an address.").waitFor();
  await field("Address").fill("ftp://example.com/a.txt");
  await page.getByRole("button", { name: "Bring it" }).click();
  await page.getByRole("dialog").getByText("It should be an https address.").waitFor();
  await page.keyboard.press("Escape");
  complaints.length = 0; // the browser told of the refusal
});

test("a collection is made, set, asked from alone, and deleted with what is in it", async () => {
  await upload("elsewhere.txt", "The launch is on Friday.");
  await ready("elsewhere.txt");
  await page.getByRole("button", { name: "New collection" }).click();
  await field("Name").fill("Kitchen");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("Nothing in this collection yet").waitFor();
  const shelf = page.url();
  await upload("recipe.txt", "The cake takes three eggs and bakes for forty minutes.");
  await ready("recipe.txt");
  expect(await rows().count()).toBe(1);

  await page.getByRole("button", { name: "Settings of “Kitchen”" }).click();
  await field("Name").fill("Bakery");
  await page.getByRole("radio", { name: "Your organisation" }).check();
  await page.getByRole("radio", { name: "Naive" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("button", { name: "Settings of “Bakery”" }).click();
  expect(await page.getByRole("radio", { name: "Naive" }).isChecked()).toBe(true);
  expect(await page.getByRole("radio", { name: "Your organisation" }).isChecked()).toBe(true);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Ask from these" }).click();
  const from = page.getByRole("button", { name: "Which documents" });
  await eventually(() => from.innerText()).toContain("Bakery");
  await say(page, "How many eggs does the cake take?");
  await answer().getByRole("button", { name: "Source 1: recipe.txt" }).first().waitFor();
  await from.click();
  await page.getByRole("checkbox", { name: "All documents" }).check();
  await page.keyboard.press("Escape");
  await eventually(() => from.innerText()).toContain("All documents");

  await page.goto(shelf);
  await page.getByRole("button", { name: "Settings of “Bakery”" }).click();
  await page.getByRole("button", { name: "Delete this collection" }).click();
  await page.getByRole("dialog").getByText("“Bakery” and all documents in it").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row("elsewhere.txt").waitFor();
  expect(await rows().count()).toBe(1);
  expect(new URL(page.url()).pathname).toBe("/documents");
});

test("at 375 px documents and a source fit without scrolling sideways", async () => {
  await page.setViewportSize({ width: 375, height: 700 });
  const name = `${"a-very-long-name".repeat(12)}.txt`;
  await upload(name, `${HANDBOOK}\n${"unbreakable".repeat(40)}`);
  await ready(name);
  await fits();
  await page.getByRole("button", { name: "New collection" }).click();
  await fits();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Ask from these" }).click();
  await say(page, "When are laptops replaced?");
  await fits();
  await answer().getByRole("button", { name: "Source 1:" }).first().click();
  await fits();
});

const answering = () => page.getByRole("switch", { name: "Answer from documents" });
const answer = () => page.getByRole("article", { name: "Answer" });
const rows = () => page.getByRole("list", { name: "Documents" }).getByRole("listitem");
const row = (name: string) => rows().filter({ hasText: name });
const ready = (name: string) => row(name).getByText("Ready").waitFor();
const way = (name: string) => page.getByRole("button", { name, exact: true });
const field = (name: string) => page.getByRole("dialog").getByRole("textbox", { name });

const upload = (name: string, text: string) =>
  page
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

/** Files as name, content and type. */
async function drop(files: [string, string, string][]): Promise<void> {
  const dataTransfer = await page.evaluateHandle((them) => {
    const transfer = new DataTransfer();
    for (const [name, text, type] of them) transfer.items.add(new File([text], name, { type }));
    return transfer;
  }, files);
  await page.locator(".documents").dispatchEvent("dragenter", { dataTransfer });
  await page.getByText("Drop to bring them here").waitFor();
  await page.locator(".documents").dispatchEvent("drop", { dataTransfer });
}

async function fits(): Promise<void> {
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(375);
  const inside =
    "[...document.querySelectorAll('.scroller, dialog')].every(it => it.scrollWidth <= it.clientWidth)";
  expect(await page.evaluate(inside)).toBe(true);
}
