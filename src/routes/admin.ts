// /admin: what an administrator sees and does. Each part says who may call it.
import { Hono } from "hono";
import { auditLog } from "./admin-audit.ts";
import { figures } from "./admin-figures.ts";
import { seedUsers, users } from "./admin-users.ts";
import type { AppEnv } from "./context.ts";
import { costs } from "./costs.ts";

export const admin = new Hono<AppEnv>()
  .route("/", figures)
  .route("/costs", costs)
  .route("/users", users)
  .route("/audit", auditLog);

/** Seed 001's paths, below /auth/admin. */
export const seedAdmin = new Hono<AppEnv>().route("/users", seedUsers);
