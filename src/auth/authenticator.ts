// A bearer token of any kind → the credential it proves. What it says is checked here, by signature
// or form; whether it still counts is the Account object's to say.
import { decodeJwt } from "jose";
import { fail, ok, type Result } from "../errors.ts";
import { hashOf, isApiKey, ownerOfApiKey } from "./opaque.ts";
import type { OutsideIssuers } from "./outside-issuers.ts";
import type { Credential } from "./principal.ts";
import type { Tokens } from "./tokens.ts";
import { VISITOR_PREFIX, type Visitors } from "./visitor.ts";

/** No token of ours, or of anybody we know, is longer: what is, is not even looked at. */
const LONGEST = 16_384;

export interface Authenticator {
  /** A failure is an AUTHENTICATION_ERROR, or SERVICE_UNAVAILABLE where an issuer cannot be reached. */
  authenticate(token: string): Promise<Result<Credential>>;
}

export function makeAuthenticator(
  visitors: Pick<Visitors, "verify">,
  tokens: Pick<Tokens, "verify">,
  outside: OutsideIssuers,
): Authenticator {
  return {
    async authenticate(token) {
      if (token.length > LONGEST) return invalid("This token is too long to be one.");
      if (token.startsWith(VISITOR_PREFIX)) {
        const user_id = await visitors.verify(token);
        return user_id === null
          ? invalid("This token is not valid. Leave it out to be given a new one.")
          : ok({ via: "anonymous", user_id });
      }
      if (isApiKey(token)) {
        const user_id = ownerOfApiKey(token);
        return user_id === null
          ? invalid("This is not a whole API key. Copy it again, or make a new one.")
          : ok({ via: "api_key", user_id, hash: await hashOf(token) });
      }
      const issuer = issuerOf(token);
      if (issuer === null)
        return invalid("This is not an access token or API key that is known here.");
      return outside.accepts(issuer) ? outside.verify(token) : tokens.verify(token);
    },
  };
}

/** Who a token says it is from, unproved; null for text that is no token. */
function issuerOf(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return null;
  }
}

const invalid = (message: string) => fail("AUTHENTICATION_ERROR", message);
