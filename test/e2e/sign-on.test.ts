// Signing in with somebody else, through a real OpenID provider's own pages.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startServer } from "../process/server.ts";
import { startOidc } from "../stub/oidc.ts";
import { complaintsOf, hasBrowser, launch, SKIPPED } from "./browser.ts";
import { dialog, say, signInButton } from "./people.ts";

/** Where the stub sends its visitors back to. */
const HERE = "http://edgewise.test";

let oidc: Awaited<ReturnType<typeof startOidc>>;
let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  oidc = await startOidc();
  const provider = oidc.stub.providers.find(({ id }) => id === "confidential");
  server = await startServer({
    vars: {
      APP_URL: HERE,
      CORS_ORIGINS: HERE,
      EMBEDDED_TOKEN_DELAY: "1",
      OIDC_PROVIDERS: JSON.stringify([provider]),
    },
  });
  browser = await launch(
    `--host-resolver-rules=MAP edgewise.test:80 ${new URL(server.url).host}`,
    `--unsafely-treat-insecure-origin-as-secure=${HERE}`, // as https would be
  );
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await oidc?.close();
});

beforeEach(async (context) => {
  if (!hasBrowser) context.skip(SKIPPED);
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  complaints = complaintsOf(page, HERE);
  await page.goto(HERE);
  await signInButton(page).click();
  await dialog(page).getByRole("link", { name: "Continue with Confidential Ltd." }).click();
});

afterEach(async () => {
  if (!hasBrowser) return;
  await page.context().close();
  expect(complaints.filter((it) => !it.includes("status of 401"))).toEqual([]);
});

test("who comes back from a provider is signed in, and stays so", async () => {
  await page.locator("input[name=login]").fill("Grace:grace@example.org:yes");
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Grace" }).waitFor();
  expect(page.url()).toBe(`${HERE}/`);
  await say(page, "Through a provider");
  await page.reload();
  await page.getByRole("button", { name: "Grace" }).waitFor();
});

test("who turned back at a provider is told, and may try another way", async () => {
  await page.getByRole("link", { name: "Cancel" }).click();
  await dialog(page).getByRole("alert").getByText("did not let you in").waitFor();
  expect(page.url()).toBe(`${HERE}/`);
  expect(await dialog(page).getByLabel("Password").isVisible()).toBe(true);
});
