// Who the page acts for: a visitor, or somebody who signed in. Keeps their session alive, in step
// with the other tabs; where it is over, or visitors are turned away, says so. No React.
import { EdgewiseError } from "../../client/error.ts";
import { valueIn } from "../../client/http.ts";
import type { User } from "../../src/protocol/account.ts";
import { alone } from "./alone.ts";
import { ask } from "./http.ts";
import { emptyKept, keepFor } from "./kept.ts";
import { type Organisation, onMark, readMark, stamp, writeMark } from "./session-mark.ts";
import { t } from "./strings/translate.ts";

export const VISITOR = "visitor";

export type Account = {
  /**
   * Whose conversations are shown: VISITOR, or a user, who is another in each organisation; null
   * while that is being found out.
   */
  identity: string | null;
  /** Where they act; null where that is for themselves. */
  organisation: Organisation | null;
  /** Null for a visitor, and until it has been read. */
  user: User | null;
  /** Why nothing is answered before somebody signs in; null where it is. */
  turnedAway: "stranger" | "over" | null;
};

/** A visitor's; and what is not known of anybody yet. */
const NOTHING = { organisation: null, user: null, turnedAway: null };

let state: Account = { identity: null, ...NOTHING };
let found: Promise<void> = Promise.resolve();
const listeners = new Set<() => void>();

export const account = () => state;

/** For as long as the returned function is not called. */
export function onAccount(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(change: Partial<Account>): void {
  const { identity = null } = change;
  if (identity !== null) keepFor(identity === VISITOR ? null : userOf(identity));
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

const IN = " in ";

/** Who is shown where this user acts there. */
const acting = (user_id: string, organisation: Organisation | null = null) => ({
  identity: organisation === null ? user_id : user_id + IN + organisation.id,
  organisation,
});

/** The same one wherever they act. */
const userOf = (identity: string) => identity.split(IN, 1)[0] ?? identity;

const isShown = ({ id }: User) => acting(id, state.organisation).identity === state.identity;

/** Finds out who is there. Once. @param returned from signing in elsewhere: there is no mark of it yet */
export function begin(returned: boolean): void {
  onMark(follow);
  found = find(returned);
}

async function find(returned: boolean): Promise<void> {
  const mark = readMark();
  if (mark !== null) {
    const { organisation, ...own } = mark;
    if (returned) writeMark(own); // whoever signs in acts for themselves first
    set(acting(own.user_id, returned ? null : organisation));
    return readUser();
  }
  if (!returned) return set({ identity: VISITOR });
  for (;;) {
    try {
      const response = await ask("GET", "/auth/me");
      if (response.ok) return entered(await valueIn<User>(response), 0);
      if (response.status < 500) return set({ identity: VISITOR });
    } catch {
      // Nobody knows yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** What cannot be read now is read when the reader comes back. */
async function readUser(): Promise<void> {
  try {
    const user = await valueIn<User>(await asking(() => ask("GET", "/auth/me")));
    if (isShown(user)) set({ user });
    else entered(user, 0); // somebody else came back from signing in elsewhere
  } catch {
    addEventListener("focus", () => void readUser(), { once: true });
  }
}

/** Settles when it is known who is there. */
export const known = () => found;

/** Settles when the page may speak; where it is turned away, not before somebody signs in. @throws {EdgewiseError} */
export async function admitted(): Promise<void> {
  await found;
  await renewIfDue();
  while (state.turnedAway !== null)
    await new Promise<void>((resolve) => {
      const stop = onAccount(() => {
        stop();
        resolve();
      });
    });
}

/**
 * Asks as who is signed in: renews the session where that is due, and once where the answer is 401.
 * @throws {EdgewiseError}
 */
export async function asking(send: () => Promise<Response>): Promise<Response> {
  await renewIfDue();
  if (state.turnedAway !== null)
    throw new EdgewiseError("AUTHENTICATION_ERROR", t("account.first"));
  const seen = stamp();
  const response = await send();
  if (response.status !== 401 || !(await renewed(seen))) return response;
  const again = await send();
  if (again.status === 401) set({ turnedAway: "over" });
  return again;
}

/**
 * What was asked under mark `seen` was refused. True where it is worth asking again: there is a newer
 * session, made now or by another tab. @throws {EdgewiseError} where the server cannot be asked
 */
export function renewed(seen: string | null): Promise<boolean> {
  return alone(async () => {
    if (stamp() !== seen) return stamp() !== null;
    if (seen !== null) return refresh();
    set({ turnedAway: "stranger" });
    return false;
  });
}

async function renewIfDue(): Promise<void> {
  const seen = stamp();
  if (state.turnedAway === null && isDue()) await renewed(seen);
}

const isDue = () => Date.now() >= (readMark()?.renew_at ?? Infinity);

/** Only where nobody else does: a token that is shown twice ends the session. */
async function refresh(): Promise<boolean> {
  // A page that is left in the middle must not lose the new token.
  const response = await ask("POST", "/auth/refresh", {}, { keepalive: true });
  if (response.status === 401) {
    set({ turnedAway: "over" });
    return false;
  }
  const { expires_in } = await valueIn<{ expires_in: number }>(response);
  const mark = readMark();
  if (mark !== null) writeMark({ ...mark, renew_at: dueAfter(expires_in) });
  return mark !== null;
}

/** A little before the access token ends: without one, the server would take us for a visitor. */
const dueAfter = (seconds: number) => Date.now() + seconds * 950;

/** @throws {EdgewiseError} */
export async function signIn(username: string, password: string): Promise<void> {
  await alone(async () => {
    const body = { username, password, cookie: true };
    const { expires_in } = await valueIn<{ expires_in: number }>(
      await ask("POST", "/auth/login", body),
    );
    const user = await valueIn<User>(await ask("GET", "/auth/me"));
    entered(user, dueAfter(expires_in));
  });
}

/**
 * Goes on in an organisation, or (null) for oneself: in a session of its own, which takes the place
 * of this one. @throws {EdgewiseError}
 */
export async function switchTo(organisation: Organisation | null): Promise<void> {
  const change = () =>
    alone(async () => {
      const mark = readMark();
      const body = { organisation_id: organisation?.id ?? null };
      // A page that is left in the middle must not lose the new session.
      const response = await ask("POST", "/auth/switch", body, { keepalive: true });
      if (!response.ok || mark === null) return response;
      const { expires_in } = await valueIn<{ expires_in: number }>(response.clone());
      const { user_id } = mark;
      const where = organisation === null ? {} : { organisation };
      writeMark({ user_id, ...where, renew_at: dueAfter(expires_in) });
      set(acting(user_id, organisation));
      return response;
    });
  await valueIn(await asking(change));
}

/** @param all every session there is, not only this one. @throws {EdgewiseError} */
export async function signOut(all: boolean): Promise<void> {
  await alone(async () => {
    const leave = () => ask("POST", "/auth/logout", { all });
    let response = isDue() && !(await refresh()) ? null : await leave();
    if (response?.status === 401 && (await refresh())) response = await leave();
    if (response !== null && response.status !== 401) await valueIn(response);
  });
  forget();
}

/** Goes on as a visitor. */
export function forget(): void {
  writeMark(null);
  left();
}

/** The server's newest word on who is signed in. */
export function userChanged(user: User): void {
  if (isShown(user)) set({ user });
}

/** @param renew_at 0 where it is not known how long this session is good for: it is renewed first */
function entered(user: User, renew_at: number): void {
  writeMark({ user_id: user.id, renew_at });
  set({ ...acting(user.id), user, turnedAway: null });
}

function left(): void {
  emptyKept(); // what was not sent is nobody else's
  set({ identity: VISITOR, ...NOTHING });
}

/** Another tab signed in, signed out or renewed. */
function follow(): void {
  const mark = readMark();
  if (mark === null) return state.identity === VISITOR ? undefined : left();
  const who = acting(mark.user_id, mark.organisation);
  if (who.identity === state.identity) return set({ turnedAway: null });
  set({ ...NOTHING, ...who });
  void readUser(); // tries again by itself
}
