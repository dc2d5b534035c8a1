// Writes the audit log for a request: who, what, on whom, when, from where, and how it went.
import { newId } from "../ids.ts";
import { appendAudit } from "../store/audit.ts";
import { thrownFields } from "../telemetry/log.ts";
import { addressOf } from "./address.ts";
import type { AppContext } from "./context.ts";

type Act = {
  /** noun.verb, such as `user.login`. */
  action: string;
  outcome?: "success" | "failure";
  /** On whom or what: an id. */
  target?: string | null;
  /** Who, where no principal is known yet. */
  by?: { tenant_id: string; user_id: string | null; via: string };
  details?: Record<string, unknown>;
};

/**
 * Appends one line. Awaited: what was done is done when it is written down. Where it cannot be written
 * the log has it: what was done is not undone by it, nor its answer lost.
 */
export async function audit(c: AppContext, act: Act): Promise<void> {
  const { database, log, now } = c.var.services;
  // A public route has no principal; Hono's type says otherwise.
  const known: AppContext["var"]["principal"] | undefined = c.var.principal;
  const by = act.by ?? known ?? { tenant_id: "", user_id: null, via: "nobody" };
  const at = now();
  const row = {
    id: newId("aud", at),
    at,
    tenant_id: by.tenant_id,
    user_id: by.user_id,
    via: by.via,
    action: act.action,
    target: act.target ?? null,
    outcome: act.outcome ?? "success",
    address: addressOf(c),
    user_agent: c.req.header("User-Agent")?.slice(0, 200) ?? null,
    request_id: c.var.request_id,
    details: act.details ?? {},
  };
  try {
    await appendAudit(database(by.tenant_id), row);
  } catch (thrown) {
    log.error("audit.unwritten", { ...row, ...thrownFields(thrown) });
  }
}
