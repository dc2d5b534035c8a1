// How a receiver knows who sent it a webhook: seed 000's header over the body, and those of Standard
// Webhooks (standardwebhooks.com) over id, time and body.
const encoder = new TextEncoder();

/** Seed 000's header. */
export const SEED = "X-Webhook-Signature";

/**
 * @param secrets the one that signs, and behind it one that still counts
 * @param at milliseconds
 */
export async function signatureHeaders(
  { id, body, at }: { id: string; body: string; at: number },
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const seconds = Math.floor(at / 1000);
  const said = encoder.encode(`${id}.${seconds}.${body}`);
  const [seed, ...earlier] = await Promise.all(secrets.map((secret) => signatureOf(body, secret)));
  const standard = await Promise.all(
    secrets.map(async (secret) => `v1,${(await hmac(keyOf(secret), said)).toBase64()}`),
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    ...(seed === undefined ? {} : { [SEED]: seed, "webhook-signature": standard.join(" ") }),
    // The seed's header has room for one: who verifies by the secret before looks here.
    ...(earlier[0] === undefined ? {} : { [`${SEED}-Previous`]: earlier[0] }),
  };
}

/** Seed 000's signature, the value of its header. */
export async function signatureOf(body: string, secret: string): Promise<string> {
  return `sha256=${(await hmac(encoder.encode(secret), encoder.encode(body))).toHex()}`;
}

/** Standard Webhooks: behind `whsec_` is base64. Any other secret is its own bytes. */
function keyOf(secret: string): Uint8Array {
  return secretBytes(secret) ?? encoder.encode(secret);
}

/** Null where a secret is not as Standard Webhooks writes it. */
export function secretBytes(secret: string): Uint8Array | null {
  if (!secret.startsWith("whsec_")) return null;
  try {
    return Uint8Array.fromBase64(secret.slice("whsec_".length));
  } catch {
    return null;
  }
}

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}
