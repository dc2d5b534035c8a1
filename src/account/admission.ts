// The one way in for everything that is done in somebody's name: their Account object is asked whether
// the credential counts and whether there is room, once, whichever door the request came through.
import { type Credential, type Principal, visitorPrincipal } from "../auth/principal.ts";
import type { Config } from "../config.ts";
import { fail } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Models } from "../llm/models.ts";
import type { Prices } from "../llm/prices.ts";
import type { UserTier } from "../llm/routing/route.ts";
import { estimateTokens, PICTURE_TOKENS } from "../llm/tokens.ts";
import type { Charge } from "../protocol/charge.ts";
import { type LimitConfig, limitsOf } from "../usage/limits.ts";
import type { AccountCalls, Admission, Admitted, Want } from "./calls.ts";

export type Admit = (credential: Credential, want: Want) => Promise<Admission>;

/** @param account fails with an AppError where the object cannot be reached: then nobody is let in */
export function makeAdmit(
  config: LimitConfig & Pick<Config, "ALLOW_ANONYMOUS">,
  account: (user_id: string) => Pick<AccountCalls, "admit">,
): Admit {
  // A visitor without limits has nothing that could be revoked or used up: nobody needs to be asked.
  const unlimited = limitsOf(config, "anonymous") === null;
  return async (credential, want) => {
    if (credential.via === "anonymous" && !config.ALLOW_ANONYMOUS)
      return { ok: false, failure: UNWELCOME, rate: null };
    return credential.via === "anonymous" && unlimited
      ? {
          ok: true,
          principal: visitorPrincipal(credential.user_id),
          rate: null,
          reservation: null,
          budget_left: null,
          stranger: false,
          facts: "unknown",
        }
      : account(credential.user_id).admit(credential, want);
  };
}

/** What somebody is told who shows nothing, or a visitor's token, where visitors are not welcome. */
export const UNWELCOME = fail(
  "AUTHENTICATION_ERROR",
  "Sign in first: anonymous visitors are turned away here (ALLOW_ANONYMOUS).",
).failure;

/** What a turn is going to take, as far as a request tells: its own text, and the most it may be answered. */
export function turnWant(asked: Asked, services: WantServices): Want {
  const { turn, prices, now } = services;
  const said = asked.texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  const own = said + (asked.pictures ?? 0) * PICTURE_TOKENS;
  const choice = turn.models.choose(asked);
  // Begins to read what others learnt of its circuit: by the time it is asked, that is known.
  if (choice.ok) turn.models.phase(choice.value);
  const price = choice.ok
    ? prices.cautious(choice.value.provider.id, choice.value.model)
    : prices.cautious(null, null);
  const { history, max_tokens } = asked;
  return { kind: "turn", ask: { id: newId("res", now()), own, history, max_tokens, price } };
}

/**
 * The texts and pictures of a body or a frame, by which a turn is reserved, whichever door it came through.
 * @param body not validated yet: who may not spend is told so first
 */
export function saidIn(body: Record<string, unknown>): Pick<Asked, "texts" | "pictures"> {
  const texts: string[] = [];
  let pictures = 0;
  const say = (value: unknown) => {
    if (typeof value === "string") texts.push(value);
  };
  const sayParts = (list: unknown, inside: (content: unknown) => void) => {
    if (!Array.isArray(list)) return;
    for (const item of list as unknown[]) {
      if (typeof item !== "object" || item === null) continue;
      say(Reflect.get(item, "text"));
      if (PICTURES.has(Reflect.get(item, "type"))) pictures += 1;
      const calls: unknown = Reflect.get(item, "tool_calls");
      if (Array.isArray(calls)) say(JSON.stringify(calls));
      inside(Reflect.get(item, "content"));
    }
  };
  say(body["message"]);
  say(body["initial_message"]);
  say(body["system_prompt"]);
  sayParts(body["parts"], say);
  sayParts(body["messages"], (content) => {
    say(content);
    sayParts(content, say);
  });
  const { tools, response_format: form } = body;
  if (Array.isArray(tools)) say(JSON.stringify(tools));
  if (typeof form === "object" && form !== null && "schema" in form)
    say(JSON.stringify(form.schema));
  return { texts, pictures };
}

/** What a picture is called, by Edgewise and by OpenAI. */
const PICTURES: ReadonlySet<unknown> = new Set(["image", "image_url", "input_image"]);

export type Asked = {
  texts: readonly string[];
  pictures?: number;
  /** Whether it goes into a conversation that is there. */
  history: boolean;
  max_tokens: number | null;
  provider: string | undefined;
  model: string | undefined;
};

type WantServices = {
  turn: { models: Pick<Models, "choose" | "phase"> };
  prices: Prices;
  now: () => number;
};

/** Who pays, as a choice among models sees them. */
export function askerOf(charge: Charge | null): { tier: UserTier; budget_left: number | null } {
  if (charge === null) return { tier: "anonymous", budget_left: null };
  const { tier, visitor, budget_left } = charge;
  return { tier: visitor === true ? "anonymous" : tier, budget_left: budget_left ?? null };
}

/** What has to be settled when a turn has ended; its usage is written down in any case. */
export function chargeOf(
  { user_id, key_id, tier, via }: Principal,
  { reservation, budget_left }: Pick<Admitted, "reservation" | "budget_left">,
  want: Want,
): Charge {
  return {
    account: user_id,
    reservation,
    key_id,
    tier,
    visitor: via === "anonymous",
    budget_left,
    own: want.kind === "turn" ? want.ask.own : 0,
  };
}
