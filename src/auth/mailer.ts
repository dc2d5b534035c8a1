// The way out for mails: logged locally; deployed, through Cloudflare Email or a webhook.
import { SEED, signatureOf } from "../egress/signature.ts";
import type { Log } from "../telemetry/log.ts";

export type Mail = { to: string; subject: string; text: string };

export interface Mailer {
  /** @throws where it was not taken; what it says is never logged then */
  send(mail: Mail): Promise<void>;
}

/** For development: the mail is a line in the log, links and all. */
export function logMailer(log: Log): Mailer {
  return {
    async send(mail) {
      log.info("mail", mail);
    },
  };
}

/** Deployed, where nothing is configured: a link in a log would be everybody's who reads it. */
export const noMailer: Mailer = {
  send() {
    return Promise.reject(new Error("no mail can be sent: set MAIL_WEBHOOK_URL, or bind EMAIL"));
  },
};

/** Cloudflare Email Service, through its binding. */
export function bindingMailer(email: SendEmail, from: string): Mailer {
  return {
    async send(mail) {
      await email.send({ from, ...mail });
    },
  };
}

/** Posts the mail as JSON; signed like every webhook (seed 000): HMAC-SHA-256 of the body, in hex. */
export function webhookMailer(
  url: string,
  secret: string | undefined,
  post: typeof globalThis.fetch,
): Mailer {
  return {
    async send(mail) {
      const body = JSON.stringify(mail);
      const headers = new Headers({ "Content-Type": "application/json" });
      if (secret !== undefined) headers.set(SEED, await signatureOf(body, secret));
      const response = await post(url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the mail webhook answered ${response.status}`);
    },
  };
}
