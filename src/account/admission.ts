// The one way in for everything that is done in somebody's name: their Account object is asked whether
// the credential counts and whether there is room, once, whichever door the request came through.
import { type Credential, type Principal, visitorPrincipal } from "../auth/principal.ts";
import { newId } from "../ids.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { Charge } from "../protocol/charge.ts";
import type { Price } from "../usage/ledger.ts";
import { type LimitConfig, limitsOf } from "../usage/limits.ts";
import type { AccountCalls, Admission, Want } from "./calls.ts";

export type Admit = (credential: Credential, want: Want) => Promise<Admission>;

/** @param account fails with an AppError where the object cannot be reached: then nobody is let in */
export function makeAdmit(
  config: LimitConfig,
  account: (user_id: string) => Pick<AccountCalls, "admit">,
): Admit {
  // A visitor without limits has nothing that could be revoked or used up: nobody needs to be asked.
  const unlimited = limitsOf(config, "anonymous") === null;
  return async (credential, want) =>
    credential.via === "anonymous" && unlimited
      ? {
          ok: true,
          principal: visitorPrincipal(credential.user_id),
          rate: null,
          reservation: null,
          stranger: false,
        }
      : account(credential.user_id).admit(credential, want);
}

/** What a turn is going to take, as far as a request tells: its own text, and the most it may be answered. */
export function turnWant(
  texts: readonly string[],
  max_tokens: number | null,
  price: Price,
  now: number,
): Want {
  const own = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  return { kind: "turn", ask: { id: newId("res", now), own, max_tokens, price } };
}

/** What has to be settled when a turn has ended; its usage is written down in any case. */
export function chargeOf(
  { user_id, key_id, tier }: Principal,
  reservation: string | null,
  want: Want,
): Charge {
  return {
    account: user_id,
    reservation,
    key_id,
    tier,
    own: want.kind === "turn" ? want.ask.own : 0,
  };
}
