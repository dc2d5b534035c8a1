// What stands before the conversations: which dialog, and what it was opened with.
import type { Account } from "../account.ts";
import type { Arrival } from "../arrival.ts";
import { t } from "../strings/translate.ts";

export type View =
  /** `said` is what has just happened; `wrong` what went wrong. */
  | { name: "sign-in"; said?: string; wrong?: string }
  | { name: "register" }
  | { name: "forgot" }
  | { name: "reset"; token: string }
  | { name: "confirm"; token: string }
  | { name: "settings" };

/** What a link asked for. */
export function firstView({ reset, verify, sign_in_error }: Arrival): View | null {
  if (reset !== null) return { name: "reset", token: reset };
  if (verify !== null) return { name: "confirm", token: verify };
  if (sign_in_error !== null) return { name: "sign-in", wrong: failedElsewhere(sign_in_error) };
  return null;
}

/** Why nothing else can be done before signing in. */
export function whyTurnedAway(turnedAway: NonNullable<Account["turnedAway"]>): string {
  return t(turnedAway === "over" ? "sign-in.over" : "sign-in.stranger");
}

/** The code comes in an address, so anybody can write one: it only chooses among sentences. */
function failedElsewhere(code: string): string {
  switch (code) {
    case "AUTHENTICATION_ERROR":
      return t("sign-in.failed.denied");
    case "FORBIDDEN":
      return t("sign-in.failed.forbidden");
    case "RATE_LIMIT_EXCEEDED":
      return t("sign-in.failed.many");
    default:
      return t("sign-in.failed");
  }
}
