// Mails that leave through a webhook: what its receiver gets, and what happens where it fails.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { z } from "zod";
import { appWith, email, keptLog, post } from "./app-with.ts";
import { newTag } from "./client.ts";

const SECRET = "a-secret-that-the-receiver-shares";
const postedSchema = z.array(
  z.object({ body: z.string(), type: z.string().nullable(), signature: z.string().nullable() }),
);

/** The app with a webhook of its own, and what was posted there. */
function withWebhook(answer: Record<string, string> = {}, secret: string | null = SECRET) {
  const box = newTag();
  const url = new URL(`${env.STUB_URL}/mail?box=${box}`);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  const { log, lines } = keptLog();
  const variables: Record<string, string> = { MAIL_WEBHOOK_URL: url.href };
  if (secret !== null) variables["MAIL_WEBHOOK_SECRET"] = secret;
  const { ask } = appWith(variables, ({ mailer }) => ({ mailer, log }));
  const posted = async () =>
    postedSchema.parse(await (await fetch(`${env.STUB_URL}/mail?box=${box}`)).json());
  const register = (address: string) =>
    ask("/api/v1/auth/register", post({ email: address, password: "correct horse battery" }));
  return { register, posted, lines };
}

/** What a receiver does: it computes the signature over the bytes that came. */
async function verified(body: string, signature: string | null, secret: string): Promise<boolean> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const hex = /^sha256=([0-9a-f]{64})$/.exec(signature ?? "")?.[1] ?? "";
  return crypto.subtle.verify("HMAC", key, Uint8Array.fromHex(hex), new TextEncoder().encode(body));
}

test("a mail is posted as JSON, signed over the body that arrives", async () => {
  const { register, posted, lines } = withWebhook();
  const address = email();
  expect((await register(address)).status).toBe(201);
  const [mail, ...more] = await posted();
  expect(more).toEqual([]);
  expect(mail?.type).toBe("application/json");
  expect(JSON.parse(mail?.body ?? "")).toEqual({
    to: address,
    subject: "Confirm your email address",
    text: expect.stringMatching(/\/\?verify=[\w-]+/) as string,
  });
  const { body = "", signature = null } = mail ?? {};
  expect(await verified(body, signature, SECRET)).toBe(true);
  expect(await verified(body, signature, "another secret")).toBe(false);
  expect(await verified(body.replace(address, "x@example.com"), signature, SECRET)).toBe(false);
  expect(lines.join("\n")).not.toContain("verify=");
});

test("without a secret a mail is not signed", async () => {
  const { register, posted } = withWebhook({}, null);
  await register(email());
  expect(await posted()).toMatchObject([{ signature: null }]);
});

test.each([
  ["answers 500", { status: "500" }],
  // It would carry the link to wherever it is told to.
  ["sends the mail elsewhere", { status: "307", location: "/mail?box=elsewhere" }],
])("a webhook that %s is asked once; who registered is not told, the log is", async (_, answer) => {
  const { register, posted, lines } = withWebhook(answer);
  const address = email();
  expect((await register(address)).status).toBe(201);
  expect(await posted()).toHaveLength(1);
  const elsewhere = await fetch(`${env.STUB_URL}/mail?box=elsewhere`);
  expect(await elsewhere.json()).toEqual([]);
  const unsent = lines.filter((line) => line.includes("mail.unsent"));
  expect(unsent).toHaveLength(1);
  expect(unsent[0]).toContain(`the mail webhook answered ${answer.status}`);
  // The link would be everybody's who reads the log.
  expect(lines.join("\n")).not.toContain("verify=");
});
