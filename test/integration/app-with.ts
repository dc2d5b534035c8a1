// The app with other variables, and what tests say to it.
import type { Mail } from "../../src/auth/mailer.ts";
import { makeApp } from "../../src/app.ts";
import { type Bindings, composeRequest, composeShared } from "../../src/compose.ts";
import { env } from "cloudflare:workers";
import { Client, newTag } from "./client.ts";

export const post = (json: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(json),
});
export const email = () => `${newTag()}@example.com`;
export const anyone = new Client();

/** The app with other variables, and mails that the test reads. */
export function appWith(variables: Record<string, string> = {}) {
  const its: Bindings = { ...env, ...variables };
  const mails: Mail[] = [];
  const services = composeRequest(its, composeShared(its));
  const waiting: Promise<unknown>[] = [];
  const context: ExecutionContext = {
    waitUntil: (promise) => void waiting.push(promise),
    passThroughOnException: () => undefined,
    props: {},
  } as ExecutionContext;
  const app = makeApp({ ...services, mailer: { send: async (mail) => void mails.push(mail) } });
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
