// A real browser, where there is one, and what tests say of any page in it.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const CANDIDATES = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = CANDIDATES.find((path) => existsSync(path));
export const SKIPPED =
  "No Chromium here: install it, or set CHROMIUM_PATH to a Chromium or Chrome.";
export const hasBrowser = executablePath !== undefined;
if (!hasBrowser) console.warn(`test/e2e is skipped. ${SKIPPED}`);

export async function launch(...flags: string[]): Promise<Browser> {
  if (executablePath === undefined) throw new Error(SKIPPED);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      ...flags,
    ],
  });
}

/** What the browser will complain of, as it comes. @param origin leaves out what others' pages do */
export function complaintsOf(page: Page, origin = ""): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (line) => {
    if (line.type() === "error" && line.location().url.startsWith(origin))
      complaints.push(line.text());
  });
  return complaints;
}

/** Browsers and busy machines take their time. */
export const eventually = <T>(read: () => T | Promise<T>) =>
  expect.poll(read, { timeout: 10_000, interval: 25 });
