// The app with other variables, and what tests say to it.
import type { Mail, Mailer } from "../../src/auth/mailer.ts";
import { makeApp } from "../../src/app.ts";
import { type Bindings, composeRequest, composeShared } from "../../src/compose.ts";
import type { Services } from "../../src/routes/context.ts";
import type { Log } from "../../src/telemetry/log.ts";
import { env } from "cloudflare:workers";
import { Client, newTag } from "./client.ts";

export const post = (json: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(json),
});
export const email = () => `${newTag()}@example.com`;
export const anyone = new Client();

/**
 * The app with other variables, and mails that the test reads.
 * @param replace services that are not what was composed
 */
export function appWith(
  variables: Record<string, string> = {},
  replace: (composed: Services) => Partial<Services> = () => ({}),
) {
  const its: Bindings = { ...env, ...variables };
  const mails: Mail[] = [];
  const services = composeRequest(its, composeShared(its));
  const waiting: Promise<unknown>[] = [];
  const context: ExecutionContext = {
    waitUntil: (promise) => void waiting.push(promise),
    passThroughOnException: () => undefined,
    props: {},
  } as ExecutionContext;
  const mailer: Mailer = { send: async (mail) => void mails.push(mail) };
  const app = makeApp({ ...services, mailer, ...replace(services) });
  return {
    services,
    mails,
    ask: async (path: string, init: RequestInit = {}) => {
      const response = await app.request(path, init, {}, context);
      await Promise.all(waiting.splice(0));
      return response;
    },
  };
}

export const tokenIn = (mail: Mail | undefined) =>
  /[?&]\w+=([\w-]+)/.exec(mail?.text ?? "")?.[1] ?? "";

/** A log of every level, and its lines as they would be written. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}) =>
      void lines.push(JSON.stringify({ level, event, ...fields }));
  return {
    lines,
    log: {
      debug: write("debug"),
      info: write("info"),
      warning: write("warning"),
      error: write("error"),
    },
  };
}
