// People of tests: they register and sign in as users do.
import { env } from "cloudflare:workers";
import { hashOf, newSecret } from "../../src/auth/opaque.ts";
import type { LimitOverrides, Tier, Token } from "../../src/protocol/account.ts";
import { Client, newTag } from "./client.ts";

export const PASSWORD = "correct horse battery staple";

export class Person extends Client {
  id = "";
  email = "";
  refresh_token = "";

  /** A session of their own, or another of somebody's who is known already. */
  async signIn(): Promise<void> {
    this.token = undefined;
    this.hold(
      await this.json<Token>("/api/v1/auth/login", {
        json: { username: this.email, password: PASSWORD },
      }),
    );
  }

  /** Goes on with these tokens. */
  hold({ access_token, refresh_token }: Token): void {
    this.token = access_token;
    this.refresh_token = refresh_token;
  }

  /** What is answered: its status, and the code where it is an error. */
  async told(path: string, init: RequestInit & { json?: unknown } = {}): Promise<string> {
    const response = await this.fetch(path, init);
    const code = response.headers.get("X-Error-Code");
    await response.body?.cancel();
    return code === null ? String(response.status) : `${response.status} ${code}`;
  }

  /** The same right, as a program has it. */
  async apiKey(scopes: string[]): Promise<Person> {
    const made = await this.json<{ key: string }>("/api/v1/auth/api-keys", {
      json: { name: "test", scopes },
    });
    const program = new Person();
    program.token = made.key;
    return program;
  }

  /** Joins an organisation by an invitation whose mail is as good as read. */
  async join(by: Person, organisation: string, role: "user" | "admin"): Promise<void> {
    await by.json(`/api/v1/admin/organisations/${organisation}/invitations`, {
      json: { email: this.email, role },
    });
    await this.json("/api/v1/auth/invitations/accept", {
      json: { token: await invitationOf(this.email) },
    });
  }

  async act(organisation_id: string | null): Promise<void> {
    this.hold(await this.json<Token>("/api/v1/auth/switch", { json: { organisation_id } }));
  }
}

/** Somebody who has registered, verified their email, and signed in. */
export async function person(
  facts: { name?: string; email?: string; role?: "user" | "admin" } = {},
): Promise<Person> {
  const one = new Person();
  one.email = facts.email ?? `${newTag()}@example.com`;
  const { id } = await one.json<{ id: string }>("/api/v1/auth/register", {
    json: { email: one.email, password: PASSWORD, full_name: facts.name },
  });
  one.id = id;
  await env.DB.prepare("UPDATE users SET role = ?, email_verified_at = 1 WHERE id = ?")
    .bind(facts.role ?? "user", id)
    .run();
  await one.signIn();
  return one;
}

/** Puts a token that the test knows in the place of the one that was mailed. */
export async function invitationOf(email: string): Promise<string> {
  const token = newSecret();
  const { meta } = await env.DB.prepare(
    "UPDATE one_time_tokens SET hash = ? WHERE email_key = ? AND purpose = 'invitation' AND used_at IS NULL",
  )
    .bind(await hashOf(token), email)
    .run();
  if (meta.changes !== 1) throw new Error(`${email} has ${meta.changes} invitations`);
  return token;
}

/** Somebody with limits of their own; null lifts one. */
export async function personWith(
  limits: LimitOverrides,
  about: { tier?: Tier; role?: "admin" } = {},
) {
  const one = await person(about.role === undefined ? {} : { role: about.role });
  await env.DB.prepare(
    "UPDATE users SET tier = ?, limits = ?, updated_at = updated_at + 1 WHERE id = ?",
  )
    .bind(about.tier ?? "free", JSON.stringify(limits), one.id)
    .run();
  await one.signIn();
  return one;
}
