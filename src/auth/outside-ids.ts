// The ids here of people and organisations that another issuer names: the same for the same name,
// always, so that nothing is looked up.
import { derivedId } from "../ids.ts";

/** The id of somebody whom an issuer knows as `subject`: by their tokens and by their sign-in alike. */
export async function outsideUserId(issuer: string, subject: string): Promise<string> {
  return derivedId("user", await digestOf(issuer, subject));
}

/** The tenant that an issuer calls `name`. */
export async function outsideTenantId(issuer: string, name: string): Promise<string> {
  return derivedId("org", await digestOf(issuer, name));
}

async function digestOf(issuer: string, name: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(JSON.stringify([issuer, name]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
