// Guessing made slow: a shield by address, and a wait that doubles with each failure, for the name
// that is tried and for the address that tries.
import { createMiddleware } from "hono/factory";
import { hashOf } from "../auth/opaque.ts";
import { keyOf } from "../store/users.ts";
import { addressOf } from "./address.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { tooManyFromHere } from "./credentials.ts";
import { AppError } from "../errors.ts";

/** Failures before the first wait, which is a second. An address may be a whole office's. */
const FREE = { name: 5, address: 20 };

/** For doors that one need not be anybody to knock at. @throws RATE_LIMIT_EXCEEDED */
export const shieldedSignIn = createMiddleware<AppEnv>(async function shieldedSignIn(c, next) {
  if (!(await c.var.services.shield("sign_in", addressOf(c)))) throw tooManyFromHere();
  await next();
});

/**
 * Takes an attempt to sign in as `name`. It counts as failed until the function that comes back is
 * called. A name that nobody has is counted like any other.
 * @throws RATE_LIMIT_EXCEEDED
 */
export async function knock(c: AppContext, name: string): Promise<() => Promise<void>> {
  const { config, throttle } = c.var.services;
  if (!config.RATE_LIMIT_ENABLED) return async () => undefined;
  const doors = [{ door: throttle(`name:${await hashOf(keyOf(name))}`), free: FREE.name }];
  const address = addressOf(c);
  if (address !== null)
    doors.push({ door: throttle(`address:${await hashOf(address)}`), free: FREE.address });
  const waits = await Promise.all(doors.map(({ door, free }) => door.attempt(free)));
  const retry_after = Math.max(...waits);
  if (retry_after > 0)
    throw new AppError(
      "RATE_LIMIT_EXCEEDED",
      `Too many failed attempts. Try again in ${retry_after} s.`,
      { retry_after },
    );
  return async () => {
    await Promise.all(doors.map(({ door }) => door.succeeded()));
  };
}
