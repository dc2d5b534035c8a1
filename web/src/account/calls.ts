// What the page asks of accounts over HTTP, typed. What one need not be anybody for goes out as it
// is: a 401 there speaks of the link, never of a session.
import { valueIn } from "../../../client/http.ts";
import type { User } from "../../../src/protocol/account.ts";
import { ask } from "../http.ts";
import { request } from "../request.ts";

type Provider = { id: string; name: string; start_url: string };

export type ApiKey = {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
};

type Session = {
  id: string;
  current: boolean;
  created_at: string;
  last_used_at: string;
  user_agent: string | null;
  address: string | null;
};

/** One's own space is the one with one's own id. */
type Space = { id: string; name: string | null; current: boolean };

export type NewApiKey = ApiKey & { key: string };

const post = async <T>(path: string, body: unknown) => valueIn<T>(await ask("POST", path, body));

export async function listProviders(): Promise<Provider[]> {
  const { providers } = await valueIn<{ providers: Provider[] }>(await ask("GET", "/auth/oidc"));
  return providers;
}

export const register = (account: {
  email: string;
  password: string;
  full_name?: string;
  invitation?: string;
}) => post<User>("/auth/register", account);

export const askForReset = (email: string) => post("/auth/password/forgot", { email });

export const resetPassword = (token: string, new_password: string) =>
  post("/auth/password/reset", { token, new_password });

export const confirmEmail = (token: string) => post<User>("/auth/email/verify", { token });

export const acceptInvitation = (token: string) =>
  request<{ name: string }>("POST", "/auth/invitations/accept", { token });

/** Null takes a name away. */
export const changeProfile = (change: {
  email?: string;
  username?: string | null;
  full_name?: string | null;
  /** For another email. */
  current_password?: string;
}) => request<User & { pending_email: string | null }>("PUT", "/auth/profile", change);

export const resendConfirmation = () => request("POST", "/auth/email/resend");

export const changePassword = (current_password: string, new_password: string) =>
  request("POST", "/auth/password", { current_password, new_password });

export async function listKeys(): Promise<ApiKey[]> {
  const { api_keys } = await request<{ api_keys: ApiKey[] }>("GET", "/auth/api-keys");
  return api_keys;
}

export const makeKey = (name: string, expires_in_days: number | null) =>
  request<NewApiKey>("POST", "/auth/api-keys", { name, expires_in_days });

export const revokeKey = (id: string) => request<undefined>("DELETE", `/auth/api-keys/${id}`);

export async function listSessions(): Promise<Session[]> {
  const { sessions } = await request<{ sessions: Session[] }>("GET", "/auth/sessions");
  return sessions;
}

export const endSession = (id: string) => request<undefined>("DELETE", `/auth/sessions/${id}`);

export async function listOrganisations(): Promise<Space[]> {
  const { organisations } = await request<{ organisations: Space[] }>("GET", "/auth/organisations");
  return organisations;
}
