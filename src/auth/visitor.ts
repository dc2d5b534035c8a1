// Anonymous visitors: an id that the server makes and signs. An id that a client chose would be
// impersonation, so nothing unsigned is believed.
import { isUserId, newId } from "../ids.ts";
import type { Owner } from "./principal.ts";

export const VISITOR_PREFIX = "ewv_";
/** Tokens that an isolate remembers having verified; then it begins anew. */
const MOST_REMEMBERED = 10_000;

export interface Visitors {
  /** A visitor that never was, and the token that proves it. */
  mint(now: number): Promise<{ user_id: string; token: string }>;
  /** Whose token this is; null where the server did not sign it. */
  verify(token: string): Promise<string | null>;
  /** A digest that only the server can make, of what somebody said. */
  derive(owner: Owner, text: string): Promise<Uint8Array>;
}

/** @param secret the signing key, at least 32 characters; asked for at first use */
export function makeVisitors(secret: () => Promise<string>): Visitors {
  let key: CryptoKey | undefined;
  /** A token's signature never changes its mind. */
  const verified = new Map<string, string>();
  const keyed = async () => {
    // Two at once import it twice: harmless, and nothing of one request is awaited by another.
    key ??= await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(await secret()),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"],
    );
    return key;
  };
  const sign = async (text: string) =>
    new Uint8Array(await crypto.subtle.sign("HMAC", await keyed(), new TextEncoder().encode(text)));

  return {
    async mint(now) {
      const id = newId("user", now);
      const signature = (await sign(`visitor:${id}`)).toBase64({
        alphabet: "base64url",
        omitPadding: true,
      });
      return { user_id: id, token: `${VISITOR_PREFIX}${id}.${signature}` };
    },
    async verify(token) {
      const known = verified.get(token);
      if (known !== undefined) return known;
      const [id, signature, ...rest] = token.slice(VISITOR_PREFIX.length).split(".");
      if (!token.startsWith(VISITOR_PREFIX) || id === undefined || signature === undefined)
        return null;
      if (rest.length > 0 || !isUserId(id) || !/^[\w-]{43}$/.test(signature)) return null;
      const valid = await crypto.subtle.verify(
        "HMAC",
        await keyed(),
        Uint8Array.fromBase64(signature, { alphabet: "base64url" }),
        new TextEncoder().encode(`visitor:${id}`),
      );
      if (!valid) return null;
      if (verified.size >= MOST_REMEMBERED) verified.clear();
      verified.set(token, id);
      return id;
    },
    derive: (owner, text) => sign(`derive:${owner.tenant_id}:${owner.user_id}:${text}`),
  };
}
