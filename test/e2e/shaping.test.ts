// What the page lets people do with a conversation, in a real browser, served by a real `npm start`.
// Each test is a visitor of its own.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { complaintsOf, eventually, hasBrowser, launch, SKIPPED } from "./browser.ts";
import { listed, rows, say } from "./people.ts";

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  [server, browser] = await Promise.all([
    startServer({ vars: { EMBEDDED_TOKEN_DELAY: "2", AUTO_TITLE: "false" } }),
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

test("another version of a message is a branch of its own, and one goes from one to the other", async () => {
  await say(page, "The launch is on Thursday.");
  await say(page, "And who writes the notes?");
  await edit(0, "The launch is on Friday.");
  await eventually(said).toEqual(["The launch is on Friday."]);
  await ended();
  expect(await answers().last().innerText()).toContain("Friday");

  await version(questions().first(), "Earlier version").click();
  await eventually(said).toEqual(["The launch is on Thursday.", "And who writes the notes?"]);
  expect(await questions().first().innerText()).toContain("1/2");
  // Where one was stays where one is: with the keyboard, too.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await eventually(said).toEqual(["The launch is on Friday."]);
  await page.reload();
  await eventually(said).toEqual(["The launch is on Friday."]);
});

test("an answer that is written again stands beside the one before", async () => {
  await say(page, "What are you?");
  await tool(answers().first(), "Answer again").click();
  await eventually(async () => answers().first().innerText()).toContain("2/2");
  await ended();
  expect(await page.getByRole("article").count()).toBe(2);
  await version(answers().first(), "Earlier version").click();
  await eventually(async () => answers().first().innerText()).toContain("1/2");
});

test("a second tab follows a switch, and what is being written there stays", async () => {
  await say(page, "First wording");
  await edit(0, "Second wording");
  await ended();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await saidIn(other, "Second wording").waitFor();
  await composerOf(other).fill("Half a thought");

  await version(questions().first(), "Earlier version").click();
  await saidIn(other, "First wording").waitFor();
  await other.getByText("Meanwhile this conversation went on elsewhere").waitFor();
  expect(await composerOf(other).inputValue()).toBe("Half a thought");
  // The one who switched is told nothing that they do not know.
  expect(await page.getByText("Meanwhile this conversation").count()).toBe(0);
});

test("an edit that is under way survives when its message is no longer shown", async () => {
  await say(page, "Before");
  await edit(0, "After");
  await ended();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await saidIn(other, "After").waitFor();
  await other.getByRole("article", { name: "You" }).getByRole("button", { name: "Edit" }).click();
  await editorOf(other).fill("After, but better");

  await version(questions().first(), "Earlier version").click();
  await other.getByText("The message that you edit is not among").waitFor();
  expect(await editorOf(other).inputValue()).toBe("After, but better");
  await other.getByRole("button", { name: "Send" }).first().click();
  await saidIn(other, "After, but better").waitFor();
  await eventually(said).toEqual(["After, but better"]);
});

test("what is being written waits in its conversation, through going elsewhere and reloading", async () => {
  await composerOf(page).fill("Not said yet");
  await page.reload();
  await eventually(() => composerOf(page).inputValue()).toBe("Not said yet");
  await say(page, "Here");
  const here = page.url();
  await tool(questions().first(), "Edit").click();
  await editorOf(page).fill("Here, but better");
  await composerOf(page).fill("Half a thought");

  await page.getByRole("link", { name: "New conversation" }).click();
  await eventually(() => composerOf(page).inputValue()).toBe(""); // it was said: what it became is there
  await say(page, "Meanwhile");
  await rows(page).filter({ hasText: "Here" }).getByRole("link").click();
  await eventually(() => composerOf(page).inputValue()).toBe("Half a thought");
  await eventually(() => editorOf(page).inputValue()).toBe("Here, but better");
  await page.reload();
  await eventually(() => composerOf(page).inputValue()).toBe("Half a thought");
  await editorOf(page).press("Enter");
  await eventually(said).toEqual(["Here, but better"]);
  await ended();
  expect(page.url()).toBe(here);
  await composerOf(page).press("Enter");
  await eventually(said).toEqual(["Here, but better", "Half a thought"]);
  await ended();
  await page.reload();
  await eventually(said).toEqual(["Here, but better", "Half a thought"]);
  expect(await composerOf(page).inputValue()).toBe("");
  expect(await editorOf(page).count()).toBe(0);
});

test("where a conversation is deleted elsewhere, what was being written in it stays in sight", async () => {
  await say(page, "Short-lived");
  await say(page, "And so is this");
  await page.context().setOffline(true);
  await tool(questions().last(), "Edit").click();
  await editorOf(page).fill("On its way");
  await editorOf(page).press("Enter");
  await page.getByText("Sending…").waitFor();
  await tool(questions().first(), "Edit").click();
  await editorOf(page).fill("Another wording");
  await composerOf(page).fill("Half a thought");
  const id = new URL(page.url()).pathname.replace("/c/", "");
  await page.request.delete(`${server.url}/api/v1/conversations/${id}`);
  await page.context().setOffline(false);
  await page.getByText("This conversation is not here any more").waitFor();
  expect(await page.locator(".kept").allInnerTexts()).toEqual([
    "On its way",
    "Another wording",
    "Half a thought",
  ]);
  complaints.length = 0; // the browser told of every attempt
});

test("another version that is sent without a network arrives when there is one, once", async () => {
  await say(page, "Online");
  await page.context().setOffline(true);
  await tool(questions().first(), "Edit").click();
  await editorOf(page).fill("Offline");
  await editorOf(page).press("Enter");
  await page.getByText("Sending…").waitFor();
  await eventually(() => complaints.length).toBeGreaterThan(0);
  await page.context().setOffline(false);
  await ended();
  expect(await said()).toEqual(["Offline"]);
  expect(await questions().first().innerText()).toContain("2/2");
  complaints.length = 0; // the browser told of every attempt
});

test("a hit of a search opens its conversation at its message, on whatever branch", async () => {
  await say(page, "The zebra eats grass <b>not bold</b>");
  await edit(0, "The heron eats fish");
  await ended();
  await page.getByRole("link", { name: "New conversation" }).click();
  await say(page, "Something else");
  await found("zebra", 1);

  await page.getByRole("searchbox").fill("zebra grass");
  const hit = page
    .getByRole("list", { name: "What was found" })
    .getByRole("link")
    .filter({ hasText: "<b>not bold</b>" })
    .first();
  await hit.waitFor();
  expect(await hit.locator("mark").allInnerTexts()).toEqual(["zebra", "grass"]);
  expect(await hit.locator("b").count()).toBe(0);
  await hit.click();
  await page.locator(".question[data-found]").waitFor();
  expect(await said()).toEqual(["The zebra eats grass <b>not bold</b>"]);
  await page.getByRole("searchbox").press("Escape");
  expect(await rows(page).count()).toBe(2);
});

test("what is pinned stands first, and tags choose what is listed", async () => {
  await say(page, "Apples");
  await page.getByRole("link", { name: "New conversation" }).click();
  await say(page, "Pears");
  await rows(page).filter({ hasText: "Apples" }).getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Apples" }).waitFor();
  await page.getByRole("button", { name: "Pin", exact: true }).click();
  await page.getByRole("heading", { name: "Pinned" }).waitFor();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Apples", "Pears"]);

  await page.getByRole("button", { name: "About this conversation" }).click();
  await page.getByRole("textbox", { name: "New tag" }).fill("fruit");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove tag “fruit”" }).waitFor();
  await page.keyboard.press("Escape");
  await listed(page, '"fruit"');
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("combobox", { name: "Tag" }).selectOption("fruit");
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Apples"]);
  await page.getByRole("button", { name: "Filter" }).click();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Apples", "Pears"]);
  await page.reload();
  await eventually(() => rows(page).allInnerTexts()).toEqual(["Apples", "Pears"]);
});

test("a message that is deleted leaves its place, in every tab", async () => {
  await say(page, "A secret");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await saidIn(other, "A secret").waitFor();
  await tool(questions().first(), "Delete").click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  expect(await said()).toEqual(["A secret"]);
  await tool(questions().first(), "Delete").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("This message was deleted.").waitFor();
  await other.getByText("This message was deleted.").waitFor();
  expect(await answers().count()).toBe(1);
});

test("an answer is rated, and a comment is kept with it", async () => {
  await say(page, "Rate me");
  await tool(answers().first(), "Bad answer").click();
  await page.getByRole("textbox", { name: "Why?" }).fill("It quotes me");
  await page.keyboard.press("Enter");
  await answers().first().getByText("It quotes me").waitFor();
  await page.reload();
  await answers().first().getByText("It quotes me").waitFor();
  expect(await tool(answers().first(), "Bad answer").getAttribute("aria-pressed")).toBe("true");
  await tool(answers().first(), "Bad answer").click();
  await eventually(() => answers().first().getByText("It quotes me").count()).toBe(0);
});

test("a conversation that is closed takes no messages until it is reopened, and keeps the draft", async () => {
  await say(page, "Enough of this");
  await composerOf(page).fill("One more thing");
  await page.getByRole("button", { name: "About this conversation" }).click();
  await page.getByRole("button", { name: "Close it" }).click();
  await page.getByText("It is closed: it can be read").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("This conversation is closed.").waitFor();
  expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  expect(await composerOf(page).inputValue()).toBe("One more thing");
  await page.getByRole("button", { name: "Reopen" }).click();
  await eventually(() => page.getByRole("button", { name: "Send" }).isEnabled()).toBe(true);
  expect(await composerOf(page).inputValue()).toBe("One more thing");
});

test("where two name a conversation at once, the second sees both names", async () => {
  await say(page, "Nameless");
  const row = rows(page).first();
  await row.getByRole("button", { name: "Rename" }).click();
  const title = page.getByRole("textbox", { name: "Title" });
  await title.fill("Mine");
  const id = new URL(page.url()).pathname.replace("/c/", "");
  await page.request.patch(`${server.url}/api/v1/conversations/${id}`, {
    data: { title: "Theirs" },
  });
  await page.getByRole("heading", { level: 1, name: "Theirs" }).waitFor();
  await title.press("Enter");
  await page.getByText("Meanwhile somebody named it “Theirs”").waitFor();
  expect(await title.inputValue()).toBe("Mine");
  await title.press("Enter");
  await eventually(() => row.getByRole("link").innerText()).toBe("Mine");
});

test("memories are added, corrected, switched off and forgotten", async () => {
  await page.getByRole("button", { name: "Settings" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Something to remember" }).fill("I take the train");
  await page.keyboard.press("Enter");
  await dialog.getByText("I take the train").waitFor();
  await dialog.getByRole("button", { name: "Correct" }).click();
  await dialog.getByRole("textbox", { name: "Memory" }).fill("I take the night train");
  await page.keyboard.press("Enter");
  await dialog.getByText("I take the night train").waitFor();
  const use = dialog.getByRole("switch", { name: "Use “I take the night train”" });
  await use.click();
  await eventually(() => use.isChecked()).toBe(false);
  const all = dialog.getByRole("switch", { name: "Remember, and use what is remembered" });
  await all.click();
  await eventually(() => all.isChecked()).toBe(false);

  await page.reload();
  await page.getByRole("button", { name: "Settings" }).click();
  await eventually(() => use.isChecked()).toBe(false);
  await eventually(() => all.isChecked()).toBe(false);
  await dialog.getByRole("button", { name: "Forget" }).click();
  await dialog.getByText("Nothing is remembered.").waitFor();
});

test("titles of any kind break nothing", async () => {
  await page.setViewportSize({ width: 360, height: 700 });
  for (const text of ["m".repeat(10_000), "ملاحظات الاجتماع ".repeat(20), "🎉".repeat(200)]) {
    await page.goto(server.url);
    await say(page, text);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    const fits = "(it => it.scrollWidth <= it.clientWidth)(document.querySelector('.scroller'))";
    expect(await page.evaluate(fits)).toBe(true);
    await page.getByRole("button", { name: "About this conversation" }).click();
    const inside = "(it => it.scrollWidth <= it.clientWidth)(document.querySelector('dialog'))";
    expect(await page.evaluate(inside)).toBe(true);
    await page.keyboard.press("Escape");
  }
});

const questions = () => page.getByRole("article", { name: "You" });
const answers = () => page.getByRole("article", { name: "Answer" });
const composerOf = (on: Page) => on.getByRole("textbox", { name: "Message", exact: true });
const editorOf = (on: Page) => on.getByRole("textbox", { name: "Another version of your message" });
const said = () => page.locator(".question .said").allInnerTexts();
const saidIn = (on: Page, text: string) =>
  on.locator(".question .said").getByText(text, { exact: true });
const tool = (of: Locator, name: string) => of.getByRole("button", { name, exact: true });
const version = tool;

/** Sends another version of one's message number `at`. */
async function edit(at: number, text: string): Promise<void> {
  await tool(questions().nth(at), "Edit").click();
  await editorOf(page).fill(text);
  await editorOf(page).press("Enter");
  await saidIn(page, text).waitFor();
}

/** Waits until nothing is on its way, or written. */
async function ended(): Promise<void> {
  await eventually(() => page.locator("[aria-busy=true], .unsent").count()).toBe(0);
  await answers().last().waitFor();
}

/** Settles when a search finds as much: it is told a moment after the page. */
async function found(query: string, least: number): Promise<void> {
  const count = async () => {
    const response = await page.request.get(`${server.url}/api/v1/search?q=${query}`);
    const { pagination }: { pagination: { total: number } } = await response.json();
    return pagination.total;
  };
  await eventually(count).toBeGreaterThanOrEqual(least);
}
