// Opaque secrets: refresh tokens, API keys, links in mails. Made from 256 random bits, so a plain
// digest is enough at rest; refresh tokens and API keys name the Account object that knows them.
import { isUserId } from "../ids.ts";

const KEY_PREFIX = "ew_";
const REFRESH_PREFIX = "ewr_";

/** 256 random bits, in 43 characters. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** SHA-256 in hex: what is stored of a secret. */
export async function hashOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return new Uint8Array(digest).toHex();
}

/** `ew_<principal>_<secret>` */
export function newApiKey(user_id: string): string {
  return `${KEY_PREFIX}${user_id.slice(5)}_${newSecret()}`;
}

export function isApiKey(token: string): boolean {
  return token.startsWith(KEY_PREFIX);
}

/** Whose key this claims to be; null for text that is none. */
export function ownerOfApiKey(key: string): string | null {
  const match = /^ew_([0-9a-z]{26})_[\w-]{43}$/.exec(key);
  return userOf(match?.[1]);
}

/** `ewr_<principal>_<session>_<secret>` */
export function newRefreshToken(user_id: string, session: string): string {
  return `${REFRESH_PREFIX}${user_id.slice(5)}_${session.slice(4)}_${newSecret()}`;
}

/** Whose session this claims to be of; null for text that is no refresh token. */
export function ownerOfRefreshToken(token: string): { user_id: string; session: string } | null {
  const match = /^ewr_([0-9a-z]{26})_([0-9a-z]{26})_[\w-]{43}$/.exec(token);
  const user_id = userOf(match?.[1]);
  return user_id === null || match?.[2] === undefined
    ? null
    : { user_id, session: `ses_${match[2]}` };
}

function userOf(chars: string | undefined): string | null {
  const id = `user_${chars ?? ""}`;
  return isUserId(id) ? id : null;
}
