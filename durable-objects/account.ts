// The Account object, one per person: asked once per request. A thin shell: src/auth knows whether a
// credential counts, src/usage what is left to its holder, src/account what they want remembered.
import { DurableObject } from "cloudflare:workers";
import type { AccountCalls, Admission, Standing, Want } from "../src/account/calls.ts";
import {
  Memories,
  type MemoryChange,
  type MemoryPage,
  type Recalled,
  type Source,
  unknownMemory,
} from "../src/account/memories.ts";
import type { Credential, Principal } from "../src/auth/principal.ts";
import type { ApiKey, NewSession, Profile } from "../src/auth/profile.ts";
import { MOST_KEYS, Rights, type Session } from "../src/auth/rights.ts";
import { fail, ok, type Result } from "../src/errors.ts";
import type { LimitOverrides, Tier } from "../src/protocol/account.ts";
import { createAccountSchema, openAccountSchema } from "../src/store/account-schema.ts";
import { Sql } from "../src/store/sql.ts";
import { type Actual, type Bucket, Ledger } from "../src/usage/ledger.ts";
import {
  keyLimits,
  type LimitConfig,
  type Limits,
  limitsOf,
  MICROS,
  shown,
} from "../src/usage/limits.ts";

export type AccountServices = { config: LimitConfig; now: () => number };

const WEEK = 7 * 24 * 3600_000;

/** index.ts binds this to its services: an object cannot import what stands above it. */
export abstract class AccountObject<Env> extends DurableObject<Env> implements AccountCalls {
  readonly #sql: Sql;
  #rights: Rights;
  #ledger: Ledger;
  #memories: Memories;
  readonly #config: LimitConfig;
  readonly #now: () => number;
  #made: boolean;

  constructor(context: DurableObjectState, env: Env, { config, now }: AccountServices) {
    super(context, env);
    this.#sql = new Sql(context.storage);
    this.#rights = new Rights(this.#sql);
    this.#ledger = new Ledger(this.#sql);
    this.#memories = new Memories(this.#sql);
    this.#config = config;
    this.#now = now;
    this.#made = openAccountSchema(this.#sql);
    if (!this.#made) return;
    this.#rights.load();
    this.#ledger.load(now());
    this.#memories.load();
  }

  async admit(credential: Credential, want: Want): Promise<Admission> {
    const now = this.#now();
    const right = this.#rights.check(credential, now);
    if (!right.ok) return { ok: false, failure: right.failure, rate: null };
    const { principal, limits, keyLimits: ofKey, stranger } = right.value;
    if (want.kind === "turn" && !principal.scopes.includes("chat"))
      return { ok: false, failure: NO_CHAT, rate: null };
    // They have no profile here, and are no visitor, whose memories go after a while.
    if (stranger && this.#rights.isVisitor) {
      this.#make();
      this.#rights.setOutsider();
    }
    const account = limitsOf(this.#config, who(principal), limits);
    const facts = this.#made ? this.#memories.facts(principal.tenant_id) : "none";
    const admitted = { ok: true, principal, stranger, facts } as const;
    const nothing = { reservation: null, budget_left: null };
    if (account === null) return { ...admitted, ...nothing, rate: null };
    if (want.kind === "request") {
      const decision = this.#ledger.request(account.others, now);
      return decision.ok ? { ...admitted, ...nothing, rate: decision.rate } : decision;
    }
    this.#make();
    const decision = this.#ledger.reserve(buckets(account, principal, ofKey), want.ask, now);
    if (!decision.ok) return decision;
    const budget_left = this.#ledger.left(account, now);
    return { ...admitted, rate: decision.rate, reservation: want.ask.id, budget_left };
  }

  async settle(reservation: string, attempt: number, actual: Actual): Promise<void> {
    if (this.#made) this.#ledger.settle(reservation, attempt, actual, this.#now());
  }

  async release(reservation: string): Promise<void> {
    if (this.#made) this.#ledger.release(reservation, this.#now());
  }

  async renew(reservation: string): Promise<void> {
    if (this.#made) this.#ledger.renew(reservation, this.#now());
  }

  async openSession(profile: Profile, session: NewSession): Promise<Result<null>> {
    this.#make();
    this.#rights.setProfile(profile);
    // They may have been deactivated since their row was read.
    if (this.#rights.profile?.is_active !== true) return DEACTIVATED;
    this.#rights.openSession(session);
    return ok(null);
  }

  async refreshable(id: string, hash: string, counts: boolean) {
    const now = this.#now();
    const known = this.#rights.refreshable(id, hash, now);
    // What is nobody's token uses up nobody's requests.
    if (!counts || known.outcome !== "current") return known;
    const { profile } = this.#rights;
    const limits = limitsOf(this.#config, profile?.tier ?? "free", profile?.limits);
    const decision = this.#ledger.request(limits?.others ?? null, now);
    return decision.ok ? known : { outcome: "limited" as const, failure: decision.failure };
  }

  async rotateSession(id: string, hash: string, next: { hash: string; expires_at: number }) {
    return this.#rights.rotate(id, hash, next, this.#now());
  }

  async endSessions(which: { only: string } | { except: string | null }): Promise<number> {
    // Also of one who has no session here: what an outside issuer signed for them ends.
    if ("except" in which) this.#make();
    return this.#made ? this.#rights.endSessions(which, this.#now()) : 0;
  }

  async sessions(): Promise<Session[]> {
    return this.#rights.sessions(this.#now());
  }

  async setProfile(profile: Profile, revoke: boolean): Promise<void> {
    this.#make();
    this.#rights.setProfile(profile);
    if (revoke) this.#rights.revoke(this.#now());
  }

  async addKey(key: ApiKey & { hash: string }): Promise<Result<null>> {
    this.#make();
    if (this.#rights.addKey(key)) return ok(null);
    return fail("VALIDATION_ERROR", `You have ${MOST_KEYS} API keys already. Revoke one first.`, {
      limit: MOST_KEYS,
    });
  }

  async keys(): Promise<ApiKey[]> {
    return this.#rights.keys();
  }

  async revokeKey(id: string): Promise<boolean> {
    return this.#rights.revokeKey(id);
  }

  async revokeKeys(): Promise<void> {
    if (this.#made) this.#rights.revokeKeys();
  }

  async standing(as: Credential | Tier): Promise<Standing> {
    const now = this.#now();
    const right = typeof as === "string" ? null : this.#rights.check(as, now);
    const limits =
      right?.ok === true
        ? limitsOf(this.#config, who(right.value.principal), right.value.limits)
        : limitsOf(
            this.#config,
            typeof as === "string" ? as : "anonymous",
            this.#rights.profile?.limits,
          );
    const used = this.#ledger.used("", now);
    return {
      limits: limits === null ? null : shown(limits),
      used: {
        ...used,
        daily_cost: used.daily_cost / MICROS,
        monthly_cost: used.monthly_cost / MICROS,
      },
    };
  }

  async memories(tenant_id: string, page: MemoryPage) {
    if (!this.#made) return { memories: [], total: 0, enabled: true };
    return this.#memories.list(tenant_id, page, this.#now());
  }

  async remember(tenant_id: string, text: string, source: Source | null) {
    this.#make();
    return this.#memories.remember(tenant_id, text, source, this.#now());
  }

  async editMemory(tenant_id: string, id: string, change: MemoryChange) {
    if (!this.#made) return unknownMemory(id);
    return this.#memories.edit(tenant_id, id, change, this.#now());
  }

  async forget(tenant_id: string, id: string): Promise<boolean> {
    return this.#made && this.#memories.forget(tenant_id, id);
  }

  async forgetAll(tenant_id: string): Promise<number> {
    return this.#made ? this.#memories.forgetAll(tenant_id) : 0;
  }

  async setMemoryEnabled(tenant_id: string, enabled: boolean): Promise<void> {
    this.#make();
    this.#memories.setOn(tenant_id, enabled, this.#now());
  }

  async recallMemories(tenant_id: string, message: string, limit: number): Promise<Recalled> {
    if (!this.#made) return { memories: [], facts: "none" };
    return this.#memories.recall(tenant_id, message, limit, this.#now());
  }

  /** Once a week: what has expired goes; of a visitor who has not come back, everything does. */
  override async alarm(): Promise<void> {
    const now = this.#now();
    const kept = [
      this.#rights.sweep(now),
      this.#ledger.sweep(now),
      this.#memories.sweep(now, this.#rights.isVisitor),
    ];
    if (kept.includes(true)) {
      await this.ctx.storage.setAlarm(now + WEEK);
      return;
    }
    this.#made = false;
    this.#rights = new Rights(this.#sql);
    this.#ledger = new Ledger(this.#sql);
    this.#memories = new Memories(this.#sql);
    await Promise.all([this.ctx.storage.deleteAlarm(), this.ctx.storage.deleteAll()]);
  }

  /** Tables are made when there is first something to keep. */
  #make(): void {
    if (this.#made) return;
    createAccountSchema(this.#sql);
    // A failure to set it would break the output gate, and with it the object: nothing to handle here.
    void this.ctx.storage.setAlarm(this.#now() + WEEK);
    this.#made = true;
  }
}

const DEACTIVATED = fail("FORBIDDEN", "This account was deactivated. Ask an administrator.");

const NO_CHAT = fail("FORBIDDEN", "This credential does not have the scope chat.", {
  required_scope: "chat",
}).failure;

function who({ via, tier }: Principal) {
  return via === "anonymous" ? "anonymous" : tier;
}

function buckets(account: Limits, { key_id }: Principal, ofKey: LimitOverrides | null) {
  const all: [Bucket, ...Bucket[]] = [{ name: "", limits: account }];
  const own = ofKey === null || key_id === null ? null : keyLimits(ofKey);
  if (own !== null && key_id !== null) all.push({ name: key_id, limits: own });
  return all;
}
