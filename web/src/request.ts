// Requests in the name of whom the page acts for. One that was begun for somebody is never sent as
// somebody else.
import { Conversations } from "../../client/conversations.ts";
import { Documents } from "../../client/documents.ts";
import { EdgewiseError } from "../../client/error.ts";
import { Http } from "../../client/http.ts";
import { account, asking, known } from "./account.ts";
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

/** What fails is shown, and whoever reads it tries again. */
const ONCE = { attempts: 1 };

const http = new Http({
  url: location.origin,
  token: null,
  fetch: (url, init) => requested((who) => asked(who, url, init)),
  backoff: ONCE,
});

/** Of the client, what the page needs: turns it hears of over its sockets. */
export const edgewise = {
  conversations: new Conversations(http),
  documents: new Documents(http),
};

/** @throws {EdgewiseError} */
export const request = <T>(method: string, path: string, body?: unknown): Promise<T> =>
  http.request<T>(method, path, { body });

/**
 * Has something answered; settles when that has begun. What is written is told over the socket.
 * @param key the same one never has it answered twice
 * @throws {EdgewiseError}
 */
export async function requestTurn(path: string, body: object, key: string): Promise<void> {
  const said = { body: { ...body, stream: true }, idempotencyKey: key };
  const response = await http.respond("POST", path, said);
  await response.body?.cancel(); // leaving is not stopping
}

function asked(who: string | null, url: string, init: RequestInit): Promise<Response> {
  if (account().identity === who) return fetch(url, init);
  throw new EdgewiseError("AUTHENTICATION_ERROR", t("account.changed"));
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
