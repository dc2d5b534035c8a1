// Who asks: visitors whom nobody limits, and people who really registered and logged in, with their
// turns' limits lifted.
import { z } from "zod";
import { post, watchStream } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { newVisitor } from "../turn/variants.ts";

export type Headers = Record<string, string>;

/** What an access token proves, as the Account object is told it. */
export type Session = {
  via: "session";
  user_id: string;
  tenant_id: string;
  session: string;
  expires_at: number;
};

export type Person = { token: Headers; key: Headers; session: Session };

const tokenSchema = z.object({ access_token: z.string() });
const keySchema = z.object({ key: z.string() });
const claimsSchema = z.object({
  sub: z.string(),
  sid: z.string(),
  org_id: z.string().nullable(),
  exp: z.number(),
});

export function visitor(host: Host): Promise<Headers> {
  return newVisitor(`${host.url}/api/v1/chat/stream`);
}

/** Each takes about 400 ms, nearly all of it two scrypts. */
export async function people(host: Host, count: number): Promise<Person[]> {
  const all: Person[] = [];
  for (let index = 0; index < count; index++) all.push(await person(host, index));
  return all;
}

async function person(host: Host, index: number): Promise<Person> {
  const api = `${host.url}/api/v1`;
  const email = `person-${index}@example.org`;
  const password = "correct horse battery staple";
  await post(`${api}/auth/register`, JSON.stringify({ email, password }), {});
  // Before the login, which tells the Account object.
  await post(`${host.url}/bench/lift?email=${email}`, "{}", {});
  const login = JSON.stringify({ username: email, password });
  const { access_token } = tokenSchema.parse(await post(`${api}/auth/login`, login, {}));
  const token = bearer(access_token);
  const { key } = keySchema.parse(await post(`${api}/auth/api-keys`, "{}", token));
  return { token, key: bearer(key), session: sessionOf(access_token) };
}

function sessionOf(access_token: string): Session {
  const payload = Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString();
  const { sub, sid, org_id, exp } = claimsSchema.parse(JSON.parse(payload));
  return {
    via: "session",
    user_id: sub,
    tenant_id: org_id ?? sub,
    session: sid,
    expires_at: exp * 1000,
  };
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

const QUESTION = "What does it cost to know who asks?";
const ANSWERED = { token: '"content"', end: '"turn_id"' };
const STREAMED = { token: "event: token", end: "event: complete" };

/** A turn that nothing is stored of. Milliseconds to the end of its answer, which is one token. */
export async function direct(host: Host, who: Headers): Promise<number> {
  const messages = [{ role: "user", content: QUESTION }];
  const body = JSON.stringify({ messages, model: "stub:tokens=1", max_tokens: 1 });
  return (await watchStream(`${host.url}/api/v1/chat/direct`, body, who, ANSWERED)).whole;
}

/** A turn of a conversation, a new one where none is named. */
export async function stream(
  host: Host,
  who: Headers,
  conversation_id?: string,
): Promise<{ conversation: string; firstToken: number }> {
  // Four tokens, so far apart that the first is on its way alone.
  const body = JSON.stringify({
    message: QUESTION,
    model: "stub:tokens=4,delay=4",
    conversation_id,
  });
  const url = `${host.url}/api/v1/chat/stream`;
  const { firstToken, headers } = await watchStream(url, body, who, STREAMED);
  return { conversation: z.string().parse(headers["x-conversation-id"]), firstToken };
}

/** A request that is no turn and reads nothing but the Account object: asked to admit, and to tell. */
export async function limits(host: Host, who: Headers): Promise<void> {
  const used = { token: '"limits"', end: '"used"' };
  await watchStream(`${host.url}/api/v1/auth/limits`, null, who, used);
}
