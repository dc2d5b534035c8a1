// Small facts that leave the server and come back unchanged: tickets, the state of a sign-in. Signed
// with a key that only the server has; not secret to whoever carries them.
import { jwtVerify, SignJWT } from "jose";

export interface Sealer {
  /** @param purpose what is sealed for one purpose does not open for another */
  seal(purpose: string, facts: Record<string, unknown>, expires_at: number): Promise<string>;
  /** Null where it was not sealed here for this purpose, or has expired. */
  open(purpose: string, sealed: string): Promise<Record<string, unknown> | null>;
}

/** @param secret the signing key; asked for at first use */
export function makeSealer(secret: () => Promise<string>, now: () => number): Sealer {
  const keyed = async () => {
    return new TextEncoder().encode(`seal:${await secret()}`);
  };
  return {
    async seal(purpose, facts, expires_at) {
      return new SignJWT(facts)
        .setProtectedHeader({ alg: "HS256", typ: `${purpose}+jwt` })
        .setExpirationTime(Math.ceil(expires_at / 1000))
        .sign(await keyed());
    },
    async open(purpose, sealed) {
      try {
        const { payload } = await jwtVerify(sealed, await keyed(), {
          algorithms: ["HS256"],
          typ: `${purpose}+jwt`,
          currentDate: new Date(now()),
        });
        return payload;
      } catch {
        return null;
      }
    },
  };
}
