// What may be asked of somebody's Account object, and what it answers.
import type { Credential, Principal } from "../auth/principal.ts";
import type { ApiKey, NewSession, Profile } from "../auth/profile.ts";
import type { Refreshable, Rotation, Session } from "../auth/rights.ts";
import type { Failure, Result } from "../errors.ts";
import type { Tier } from "../protocol/account.ts";
import type { Ask } from "../usage/expectation.ts";
import type { Actual, Rate, Used } from "../usage/ledger.ts";
import type { ShownLimits } from "../usage/limits.ts";
import type {
  Memory,
  MemoryChange,
  MemoryList,
  MemoryPage,
  Recalled,
  Remembered,
  Source,
} from "./memories.ts";

/** What a request wants: a turn, which costs, or anything else. */
export type Want = { kind: "turn"; ask: Ask } | { kind: "request" };

/** Whether somebody has memories that a message could recall; unknown where their object was not asked. */
export type Facts = "some" | "none" | "unknown";

export type Admitted = {
  ok: true;
  principal: Principal;
  rate: Rate | null;
  /** To be settled, or released, by whoever runs the turn; null where nothing is limited. */
  reservation: string | null;
  /** The share, 0 to 1, that is left of the tightest budget; null where there is none. */
  budget_left: number | null;
  stranger: boolean;
  facts: Facts;
};

export type Admission = Admitted | { ok: false; failure: Failure; rate: Rate | null };

type Limited = { outcome: "limited"; failure: Failure };

/** How a person's limits stand. Costs in US dollars. */
export type Standing = { limits: ShownLimits | null; used: Used };

/** What routes and Conversation objects may ask of the Account object of a person. */
export interface AccountCalls {
  /** Whether the credential counts, and whether there is room for what is wanted: then it is taken. */
  admit(credential: Credential, want: Want): Promise<Admission>;
  /** A turn has ended: the actual takes the place of what was reserved, once for each attempt. */
  settle(reservation: string, attempt: number, actual: Actual): Promise<void>;
  /** What was reserved is not needed: nothing was run. */
  release(reservation: string): Promise<void>;
  /** The turn still runs. To be said once a minute. */
  renew(reservation: string): Promise<void>;
  openSession(profile: Profile, session: NewSession): Promise<Result<null>>;
  rotateSession(
    id: string,
    hash: string,
    next: { hash: string; expires_at: number },
  ): Promise<Rotation>;
  /**
   * What a refresh token is good for, before it is used up. One that was used before ends its session.
   * @param counts whether a good one is a request that the limit counts
   */
  refreshable(id: string, hash: string, counts: boolean): Promise<Refreshable | Limited>;
  endSessions(which: { only: string } | { except: string | null }): Promise<number>;
  sessions(): Promise<Session[]>;
  /** @param revoke also ends everything that was issued so far: sessions, keys, outside tokens */
  setProfile(profile: Profile, revoke: boolean): Promise<void>;
  addKey(key: ApiKey & { hash: string }): Promise<Result<null>>;
  keys(): Promise<ApiKey[]>;
  revokeKey(id: string): Promise<boolean>;
  revokeKeys(): Promise<void>;
  /** @param as whose limits: those that a credential has, or else a tier's with what was set for them */
  standing(as: Credential | Tier): Promise<Standing>;

  // Memories: each call is about those of one tenant, that of the principal or of their conversation.
  memories(tenant_id: string, page: MemoryPage): Promise<MemoryList>;
  /** @param text at most 500 characters, not blank. The same text again is the same memory. */
  remember(tenant_id: string, text: string, source: Source | null): Promise<Result<Remembered>>;
  editMemory(tenant_id: string, id: string, change: MemoryChange): Promise<Result<Memory>>;
  /** False where there is no such memory. */
  forget(tenant_id: string, id: string): Promise<boolean>;
  /** How many there were. */
  forgetAll(tenant_id: string): Promise<number>;
  /** While it is not enabled nothing is remembered and nothing recalled; what there is stays. */
  setMemoryEnabled(tenant_id: string, enabled: boolean): Promise<void>;
  /** @param limit how many, where there are more than a few */
  recallMemories(tenant_id: string, message: string, limit: number): Promise<Recalled>;
}
