// Secrets of others that have to be read again, such as those that sign webhooks: encrypted at rest, with
// a key that follows from the server's own.
import { CompactEncrypt, compactDecrypt } from "jose";

export interface Vault {
  /** @param purpose what is locked for one purpose does not open for another */
  lock(purpose: string, secret: string): Promise<string>;
  /** Null where it was not locked here, for this purpose, with this key. @throws where the key cannot be had just now */
  unlock(purpose: string, locked: string): Promise<string | null>;
}

/** @param secret the server's key; asked for at first use */
export function makeVault(secret: () => Promise<string>): Vault {
  const keyFor = async (purpose: string) => {
    const text = new TextEncoder().encode(`vault:${purpose}:${await secret()}`);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  };
  return {
    lock: async (purpose, clear) =>
      new CompactEncrypt(new TextEncoder().encode(clear))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .encrypt(await keyFor(purpose)),
    unlock: async (purpose, locked) => {
      const key = await keyFor(purpose);
      try {
        const { plaintext } = await compactDecrypt(locked, key);
        return new TextDecoder().decode(plaintext);
      } catch {
        return null;
      }
    },
  };
}

/** What the secrets of webhooks are locked for. */
export const WEBHOOK_SECRETS = "webhook";

/** A secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return `whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`;
}
