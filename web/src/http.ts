// A request that is nobody's in particular, and what to show of what went wrong. Who is asking is in
// cookies that the server sets and reads; what to do where they no longer count, account.ts knows.
import { EdgewiseError } from "../../client/error.ts";
import { ask as send } from "../../client/http.ts";
import { t } from "./strings/translate.ts";

/** @throws {EdgewiseError} `NETWORK`; a refusal is an answer */
export const ask = (
  method: string,
  path: string,
  body?: unknown,
  options: { keepalive?: boolean } = {},
): Promise<Response> =>
  send((url, init) => fetch(url, init), method, `/api/v1${path}`, { body, ...options });

/** What to show of anything thrown. */
export function sentenceOf(thrown: unknown): string {
  if (!(thrown instanceof EdgewiseError)) return t("error.unexpected");
  const { code, message, details } = thrown;
  if (code === "NETWORK") return t("error.network");
  if (code === "UNEXPECTED") return t("error.unexpected"); // somebody else answered
  const { resets_at } = details;
  if (code !== "BUDGET_EXCEEDED" || typeof resets_at !== "string") return message;
  const when = new Date(resets_at).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return t("error.budget", { when });
}

/** What of the request was refused, as the server names it: `email`. */
export function fieldOf(thrown: unknown): string | null {
  const field = thrown instanceof EdgewiseError ? thrown.details["field"] : null;
  return typeof field === "string" ? field : null;
}
