// Requests in the name of whom the page acts for. One that was begun for somebody is never sent as
// somebody else.
import { account, asking, known } from "./account.ts";
import { ApiError, ask, valueIn } from "./http.ts";
import { t } from "./strings/translate.ts";

/** Who has had an answer, and whose first one is under way. */
let met: string | null = null;
let meeting: Promise<void> | null = null;
const firstOf = (who: string | null) => (met === who ? null : meeting);

/**
 * Settles when a first request has been answered, or none is under way. A visitor without a cookie
 * is given one with the answer; two requests before it would make two visitors, of whom one is lost.
 */
export async function introduced(): Promise<void> {
  const who = account().identity;
  for (let first = firstOf(who); first !== null; first = firstOf(who)) await first;
}

async function meet(who: string | null, answer: Promise<Response>): Promise<void> {
  try {
    await answer;
    met = who;
  } catch {
    // Nobody answered: the next request is the first.
  }
  meeting = null;
}

/** @throws ApiError */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  return valueIn<T>(await requested((who) => asked(who, method, path, body)));
}

/**
 * Has something answered; settles when that has begun. What is written is told over the socket.
 * @param key the same one never has it answered twice
 * @throws ApiError
 */
export async function requestTurn(path: string, body: object, key: string): Promise<void> {
  const headers = { "Idempotency-Key": key };
  const response = await requested((who) =>
    asked(who, "POST", path, { ...body, stream: true }, { headers }),
  );
  if (!response.ok) await valueIn(response);
  await response.body?.cancel(); // leaving is not stopping
}

function asked(who: string | null, ...what: Parameters<typeof ask>): Promise<Response> {
  if (account().identity === who) return ask(...what);
  throw new ApiError("AUTHENTICATION_ERROR", t("account.changed"));
}

async function requested(send: (who: string | null) => Promise<Response>): Promise<Response> {
  const who = account().identity;
  await known();
  // Not `introduced`: between seeing that this is the first one and being it, nothing may be awaited.
  for (let first = firstOf(who); first !== null; first = firstOf(who)) await first;
  const answer = asking(() => send(who));
  if (met !== who) meeting = meet(who, answer);
  return answer;
}
