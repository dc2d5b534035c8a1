// One request and its answer: what went wrong becomes a sentence. Who is asking is in cookies that
// the server sets and reads; what to do where they no longer count, account.ts knows.
import type { ErrorBody } from "../../src/errors.ts";
import { t } from "./strings/translate.ts";

type Code = ErrorBody["code"] | "NETWORK";

/** A failure as a sentence to show. `NETWORK`: there was no answer at all. */
export class ApiError extends Error {
  readonly code: Code;
  /** What of the request was refused, as the server names it: `email`. */
  readonly field: string | null;

  constructor(code: Code, message: string, field: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.field = field;
  }
}

/** What to show of anything thrown. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof ApiError ? thrown.message : t("error.unexpected");
}

/** What to show of an error that the server told. */
export function sentenceFor({ code, message, details }: ErrorBody): string {
  const { resets_at } = details;
  if (code !== "BUDGET_EXCEEDED" || typeof resets_at !== "string") return message;
  const when = new Date(resets_at).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return t("error.budget", { when });
}

/** @throws ApiError `NETWORK`; a refusal is an answer */
export async function ask(
  method: string,
  path: string,
  body?: unknown,
  { headers = {}, ...options }: { keepalive?: boolean; headers?: Record<string, string> } = {},
): Promise<Response> {
  // A form's type names its boundary, which the browser draws.
  const typed = body === undefined || body instanceof FormData;
  const json = typed ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      ...options,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: sendable(body) }),
    });
  } catch {
    throw new ApiError("NETWORK", t("error.network"));
  }
}

/** A file is JSON already, or in a form, and may be larger than what a page should hold. */
const sendable = (body: unknown) =>
  body instanceof Blob || body instanceof FormData ? body : JSON.stringify(body);

/** What an answer says. @throws ApiError where that is a failure */
export async function valueIn<T>(response: Response): Promise<T> {
  if (!response.ok) throw await failureIn(response);
  // Our own server's word, typed by the schemas that it validates with.
  const value: T = response.status === 204 ? undefined : await response.json();
  return value;
}

async function failureIn(response: Response): Promise<ApiError> {
  try {
    const { error }: { error: ErrorBody } = await response.json();
    const { field } = error.details;
    return new ApiError(error.code, sentenceFor(error), typeof field === "string" ? field : null);
  } catch {
    return new ApiError("INTERNAL_ERROR", t("error.unexpected")); // somebody else answered
  }
}
