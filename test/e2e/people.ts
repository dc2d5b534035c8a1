// What tests do with accounts on the page, as their readers would.
import type { Page } from "playwright-core";
import { expect } from "vitest";

export type Person = { name: string; email: string; password: string };

let made = 0;

/** Somebody nobody has met. */
export function somebody(): Person {
  made += 1;
  const email = `ada.${Date.now()}.${made}@example.com`;
  return { name: "Ada Lovelace", email, password: "correct horse battery" };
}

export const dialog = (page: Page) => page.getByRole("dialog");
export const corner = (page: Page) => page.getByRole("button", { name: "Ada Lovelace" });
export const signInButton = (page: Page) =>
  page.getByRole("navigation").getByRole("button", { name: "Sign in" });

/** From the sign-in form; ends signed in. */
export async function register(page: Page, { name, email, password }: Person): Promise<void> {
  await dialog(page).getByRole("button", { name: "Make an account" }).click();
  await dialog(page).getByLabel("Name").fill(name);
  await dialog(page).getByLabel("Email").fill(email);
  await dialog(page).getByLabel("Password").fill(password);
  await dialog(page).getByRole("button", { name: "Make the account" }).click();
  await corner(page).waitFor();
}

/** Fills in the sign-in form and submits it. */
export async function signIn(page: Page, { email, password }: Person): Promise<void> {
  await dialog(page).getByLabel("Email or username").fill(email);
  await dialog(page).getByLabel("Password").fill(password);
  await dialog(page).getByRole("button", { name: "Sign in" }).click();
}

export async function choose(page: Page, item: string): Promise<void> {
  await corner(page).click();
  await page.getByRole("button", { name: item, exact: true }).click();
}

/** Says `text` and waits for the whole answer. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.locator("button[type=submit][aria-label=Send]:enabled").waitFor(); // what was said before is there
  const answers = page.getByRole("article", { name: "Answer" });
  const before = await answers.count();
  await page.keyboard.press("Enter");
  await answers.nth(before).waitFor();
  await page.locator(".answer[aria-busy=false]").nth(before).waitFor();
}

/** The conversations in the list. */
export const rows = (page: Page) => page.getByRole("navigation").getByRole("listitem");

/** Settles when a page that reads the list anew finds `title` there: it is told a moment after the page. */
export async function listed(page: Page, title: string): Promise<void> {
  const url = new URL("/api/v1/conversations", page.url()).href;
  const list = async () => (await page.request.get(url)).text();
  await expect.poll(list, { timeout: 10_000, interval: 250 }).toContain(title);
}
