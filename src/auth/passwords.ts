// Passwords: scrypt with N=2^14, r=8, p=5 (16 MiB, about 200 ms), as PHC-like text that names its
// own parameters.
import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const PARAMETERS = { N: 2 ** 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, PARAMETERS);
  return `$scrypt$ln=14,r=8,p=5$${salt.toString("base64")}$${hash.toString("base64")}`;
}

/**
 * Whether this is the password of `stored`. Takes as long where there is none to compare with: how
 * long an answer takes says nothing of whether an account exists.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const known = stored === null ? null : parse(stored);
  const { salt, hash, ...parameters } = known ?? {
    ...PARAMETERS,
    salt: Buffer.alloc(SALT_BYTES),
    hash: Buffer.alloc(HASH_BYTES),
  };
  const derived = await derive(password, salt, parameters);
  return known !== null && timingSafeEqual(derived, hash);
}

/** What may be asked of a route: how, in tests, long passwords are made short work of is not its concern. */
export type Passwords = { hash: typeof hashPassword; verify: typeof verifyPassword };

type Parameters = { N: number; r: number; p: number };

function derive(password: string, salt: Buffer, parameters: Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Two ways to type one character are one password.
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function parse(stored: string): (Parameters & { salt: Buffer; hash: Buffer }) | null {
  const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/=]+)\$([\w+/=]+)$/.exec(stored);
  if (match === null) return null;
  const [, ln, r, p, salt = "", hash = ""] = match;
  return {
    N: 2 ** Number(ln),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}
