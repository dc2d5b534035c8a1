// What a route asks of its caller, read like a sentence: `requires({ role: "admin" })`.
import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import type { Role, Scope, Tier } from "../protocol/account.ts";
import { TIERS } from "../variables.ts";
import type { AppEnv } from "./context.ts";

type Requirement = { role: Role } | { tier: Tier } | { scope: Scope };

const requirements = new WeakSet<object>();

/** Marks what turns some away who have said who they are: the description of the API says so of what is behind it. */
export function asRequirement<T extends object>(middleware: T): T {
  requirements.add(middleware);
  return middleware;
}

export const isRequirement = (handler: object): boolean => requirements.has(handler);

/** Goes behind `requirePrincipal`. @throws FORBIDDEN naming what is missing */
export function requires(requirement: Requirement) {
  const middleware = createMiddleware<AppEnv>(async function required(c, next) {
    const { roles, tier, scopes } = c.var.principal;
    if ("role" in requirement && !roles.includes(requirement.role))
      throw new AppError("FORBIDDEN", `This takes the role ${requirement.role}.`, {
        required_role: requirement.role,
      });
    if ("tier" in requirement && TIERS.indexOf(tier) < TIERS.indexOf(requirement.tier))
      throw new AppError("FORBIDDEN", `This takes the tier ${requirement.tier} or a higher one.`, {
        required_tier: requirement.tier,
        tier,
      });
    if ("scope" in requirement && !scopes.includes(requirement.scope))
      throw new AppError(
        "FORBIDDEN",
        `This credential does not have the scope ${requirement.scope}.`,
        { required_scope: requirement.scope },
      );
    await next();
  });
  return asRequirement(middleware);
}
