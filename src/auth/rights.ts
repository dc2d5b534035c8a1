// What an Account object knows of a person's credentials: their profile, their sessions, the hashes
// of their API keys, and the moment before which nothing issued counts. Held in memory, written
// through, so that a request is answered without a read.
import type { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import type { LimitOverrides } from "../protocol/account.ts";
import type { Sql } from "../store/sql.ts";
import { type Credential, type Principal, scopesOf, visitorPrincipal } from "./principal.ts";
import {
  type ApiKey,
  apiKeySchema,
  type NewSession,
  type Profile,
  profileSchema,
} from "./profile.ts";
import { CLOCK_SKEW } from "./tokens.ts";

/** Sign-ins that somebody may have at once; then the one that was longest idle ends. */
const MOST_SESSIONS = 100;
/** API keys that somebody may have. */
export const MOST_KEYS = 100;
/** Milliseconds: the last use of a key is known this exactly. */
const LAST_USE = 60_000;

export type Session = Omit<NewSession, "hash"> & { rotated_at: number };
type AccountRow = { profile: string | null; revoked_before: number; outsider: number };
type SessionRow = Session & { hash: string };

/** Who a credential makes its holder, and the limits that were set for them and for their key. */
export type Right = {
  principal: Principal;
  limits: LimitOverrides;
  keyLimits: LimitOverrides | null;
  /** Vouched for by an outside issuer, and never seen before. */
  stranger: boolean;
};

export type Refreshable =
  | { outcome: "current"; tenant_id: string }
  | { outcome: "replayed" | "unknown" };
export type Rotation = "rotated" | "replayed" | "unknown";

type Key = ApiKey & { hash: string };

export class Rights {
  readonly #sql: Sql;
  #profile: Profile | null = null;
  #revokedBefore = 0;
  #outsider = false;
  readonly #sessions = new Map<string, SessionRow>();
  readonly #keys = new Map<string, Key>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads what an earlier life of the object left. */
  load(): void {
    const row = this.#sql.first<AccountRow>(
      "SELECT profile, revoked_before, outsider FROM account",
    );
    if (row === null) return;
    this.#profile = row.profile === null ? null : profileSchema.parse(JSON.parse(row.profile));
    this.#revokedBefore = row.revoked_before;
    this.#outsider = row.outsider === 1;
    for (const session of this.#sql.all<SessionRow>("SELECT * FROM sessions"))
      this.#sessions.set(session.id, session);
    const keys = this.#sql.all<{ hash: string; body: string }>("SELECT hash, body FROM api_keys");
    for (const { hash, body } of keys)
      this.#keys.set(hash, { ...apiKeySchema.parse(JSON.parse(body)), hash });
  }

  /** Whether this still counts, and for whom it stands. */
  check(credential: Credential, now: number): Result<Right> {
    if (this.#profile?.is_active === false) return DEACTIVATED;
    switch (credential.via) {
      case "anonymous":
        return right(visitorPrincipal(credential.user_id), this.#profile?.limits);
      case "session": {
        const session = this.#sessions.get(credential.session);
        if (session === undefined || session.expires_at <= now || this.#profile === null)
          return fail("AUTHENTICATION_ERROR", "This session is over. Sign in again.");
        if (credential.expires_at + CLOCK_SKEW * 1000 <= now) return EXPIRED;
        return this.#acting(credential, "session", null);
      }
      case "api_key": {
        const key = this.#keys.get(credential.hash);
        if (key === undefined)
          return fail("AUTHENTICATION_ERROR", "This API key is not known here, or was revoked.");
        if (key.expires_at !== null && key.expires_at <= now)
          return fail("AUTHENTICATION_ERROR", "This API key has expired. Make a new one.");
        this.#used(key, now);
        return this.#acting({ ...credential, tenant_id: key.tenant_id }, "api_key", key);
      }
      case "issuer":
        if (credential.expires_at + CLOCK_SKEW * 1000 <= now) return EXPIRED;
        if (credential.issued_at < this.#revokedBefore)
          return fail("AUTHENTICATION_ERROR", "This token was revoked. Sign in again.");
        return this.#vouched(credential);
    }
  }

  get profile(): Profile | null {
    return this.#profile;
  }

  /** Nobody has ever vouched for them: neither a sign-in here nor an outside issuer. */
  get isVisitor(): boolean {
    return this.#profile === null && !this.#outsider;
  }

  /** An outside issuer vouches for them. */
  setOutsider(): void {
    this.#outsider = true;
    this.#sql.run("UPDATE account SET outsider = 1");
  }

  /** Keeps `profile`, unless what is known is newer. */
  setProfile(profile: Profile): void {
    if (this.#profile !== null && this.#profile.version > profile.version) return;
    this.#profile = profile;
    this.#sql.run("UPDATE account SET profile = ?", JSON.stringify(profile));
  }

  /** Ends everything that was issued before `now`. */
  revoke(now: number): void {
    this.endSessions({ except: null }, now);
    this.revokeKeys();
  }

  #revokeIssued(now: number): void {
    this.#revokedBefore = now;
    this.#sql.run("UPDATE account SET revoked_before = ?", now);
  }

  openSession(session: NewSession): void {
    const oldest = [...this.#sessions.values()].sort((a, b) => a.rotated_at - b.rotated_at);
    for (const row of oldest)
      if (row.expires_at <= session.created_at || this.#sessions.size >= MOST_SESSIONS)
        this.endSessions({ only: row.id });
    const row = { ...session, rotated_at: session.created_at };
    this.#sessions.set(row.id, row);
    this.#sql.run(
      "INSERT INTO sessions (id, tenant_id, hash, created_at, rotated_at, expires_at, address, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      row.id,
      row.tenant_id,
      row.hash,
      row.created_at,
      row.rotated_at,
      row.expires_at,
      row.address,
      row.user_agent,
    );
  }

  /** What a refresh token is good for. One that was used before ends its session. */
  refreshable(id: string, hash: string, now: number): Refreshable {
    const session = this.#sessions.get(id);
    if (session === undefined || session.expires_at <= now) return { outcome: "unknown" };
    if (this.#profile?.is_active !== true) return { outcome: "unknown" };
    if (session.hash === hash) return { outcome: "current", tenant_id: session.tenant_id };
    const spent = this.#sql.first("SELECT 1 AS spent FROM spent_tokens WHERE hash = ?", hash);
    if (spent === null) return { outcome: "unknown" };
    this.endSessions({ only: id });
    return { outcome: "replayed" };
  }

  /** Takes a refresh token and puts the next in its place. */
  rotate(
    id: string,
    hash: string,
    next: { hash: string; expires_at: number },
    now: number,
  ): Rotation {
    const { outcome } = this.refreshable(id, hash, now);
    const session = this.#sessions.get(id);
    if (outcome !== "current" || session === undefined)
      return outcome === "replayed" ? outcome : "unknown";
    const row = { ...session, ...next, rotated_at: now };
    this.#sql.atomically(() => {
      // What was used longer ago than a token lives has expired, and proves nothing.
      const expired = now - (next.expires_at - now);
      this.#sql.run("DELETE FROM spent_tokens WHERE session = ? AND at < ?", id, expired);
      this.#sql.run("INSERT INTO spent_tokens (hash, session, at) VALUES (?, ?, ?)", hash, id, now);
      this.#sql.run(
        "UPDATE sessions SET hash = ?, expires_at = ?, rotated_at = ? WHERE id = ?",
        row.hash,
        row.expires_at,
        now,
        id,
      );
    });
    this.#sessions.set(id, row);
    return "rotated";
  }

  /** Ends sessions that have expired. True while there is something else that must not be forgotten. */
  sweep(now: number): boolean {
    for (const { id, expires_at } of this.#sessions.values())
      if (expires_at <= now) this.endSessions({ only: id });
    return this.#sessions.size > 0 || this.#profile !== null || this.#revokedBefore > 0;
  }

  /** How many ended. Where all of them do, so does what was issued elsewhere until now. */
  endSessions(which: { only: string } | { except: string | null }, now?: number): number {
    if (now !== undefined && "except" in which && which.except === null) this.#revokeIssued(now);
    const ending = [...this.#sessions.keys()].filter((id) =>
      "only" in which ? id === which.only : id !== which.except,
    );
    for (const id of ending) {
      this.#sessions.delete(id);
      this.#sql.run("DELETE FROM sessions WHERE id = ?", id);
      this.#sql.run("DELETE FROM spent_tokens WHERE session = ?", id);
    }
    return ending.length;
  }

  sessions(now: number): Session[] {
    return [...this.#sessions.values()]
      .filter(({ expires_at }) => expires_at > now)
      .map(({ hash: _hash, ...session }) => session)
      .sort((a, b) => b.rotated_at - a.rotated_at);
  }

  /** False where there are too many already. */
  addKey(key: Key): boolean {
    if (this.#keys.size >= MOST_KEYS) return false;
    this.#keys.set(key.hash, key);
    this.#putKey(key);
    return true;
  }

  keys(): ApiKey[] {
    return [...this.#keys.values()]
      .map(({ hash: _hash, ...key }) => key)
      .sort((a, b) => b.created_at - a.created_at);
  }

  /** False where there is no such key. */
  revokeKey(id: string): boolean {
    for (const key of this.#keys.values()) {
      if (key.id !== id) continue;
      this.#keys.delete(key.hash);
      this.#sql.run("DELETE FROM api_keys WHERE id = ?", id);
      return true;
    }
    return false;
  }

  revokeKeys(): void {
    this.#keys.clear();
    this.#sql.run("DELETE FROM api_keys");
  }

  /** One of ours, in a tenant that is still theirs. The profile is newer than what a token says. */
  #acting(
    { user_id, tenant_id }: { user_id: string; tenant_id: string },
    via: "session" | "api_key",
    key: Key | null,
  ): Result<Right> {
    const profile = this.#profile;
    const role = profile?.tenants[tenant_id];
    if (profile === null || role === undefined)
      return fail("AUTHENTICATION_ERROR", "You are no member of this organisation any more.");
    const all: Principal["roles"] = role === "admin" ? ["user", "admin"] : ["user"];
    const allowed = scopesOf(all);
    const scopes = key === null ? allowed : key.scopes.filter((scope) => allowed.includes(scope));
    const roles = scopes.includes("admin") ? all : (["user"] satisfies Principal["roles"]);
    return right(
      { tenant_id, user_id, roles, tier: profile.tier, scopes, via, key_id: key?.id ?? null },
      profile.limits,
      key?.limits ?? null,
    );
  }

  /** Somebody whom an outside issuer vouches for: as it says, within the limits that were set here. */
  #vouched(credential: Extract<Credential, { via: "issuer" }>): Result<Right> {
    const { user_id, tenant_id, token_budget } = credential;
    // An outside issuer's administrators administer their own tenant, never the installation.
    const roles =
      tenant_id === user_id ? (["user"] satisfies Principal["roles"]) : credential.roles;
    const tier = credential.tier ?? this.#profile?.tier ?? "free";
    const limits = {
      ...(token_budget === null ? {} : { monthly_tokens: Math.floor(token_budget) }),
      ...this.#profile?.limits,
    };
    return right(
      {
        tenant_id,
        user_id,
        roles,
        tier,
        scopes: scopesOf(roles),
        via: "issuer",
        key_id: null,
      },
      limits,
      null,
      this.#profile === null,
    );
  }

  #used(key: Key, now: number): void {
    if (key.last_used_at !== null && now - key.last_used_at < LAST_USE) return;
    const used = { ...key, last_used_at: now };
    this.#keys.set(key.hash, used);
    this.#putKey(used);
  }

  #putKey({ hash, ...key }: Key): void {
    this.#sql.run(
      "INSERT OR REPLACE INTO api_keys (id, hash, body) VALUES (?, ?, ?)",
      key.id,
      hash,
      JSON.stringify(key satisfies z.infer<typeof apiKeySchema>),
    );
  }
}

const EXPIRED = fail(
  "AUTHENTICATION_ERROR",
  "This token has expired. Refresh it, or sign in again.",
);
const DEACTIVATED = fail(
  "AUTHENTICATION_ERROR",
  "This account was deactivated. Ask an administrator.",
);

function right(
  principal: Principal,
  limits: LimitOverrides = {},
  keyLimits: LimitOverrides | null = null,
  stranger = false,
): Result<Right> {
  return ok({ principal, limits, keyLimits, stranger });
}
