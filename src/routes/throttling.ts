// Guessing made slow: a shield by address, and a wait that doubles with each failure, for the name
// that is tried and for the address that tries.
import { createMiddleware } from "hono/factory";
import { hashOf } from "../auth/opaque.ts";
import { addressOf } from "./address.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { tooManyFromHere } from "./credentials.ts";
import { AppError } from "../errors.ts";

/** Failures before the first wait, which is a second. An address may be a whole office's. */
const FREE = { name: 5, address: 20, mails: 5 };

/** For doors that one need not be anybody to knock at. @throws RATE_LIMIT_EXCEEDED */
export const shieldedSignIn = createMiddleware<AppEnv>(async function shieldedSignIn(c, next) {
  if (!(await c.var.services.shield("sign_in", addressOf(c)))) throw tooManyFromHere();
  await next();
});

/**
 * Takes an attempt to sign in as `name`: a user's id, or whatever name nobody has. It counts as failed
 * until the function that comes back is called: that forgets the failures of the name, and this one
 * of the address.
 * @throws RATE_LIMIT_EXCEEDED
 */
export async function knock(c: AppContext, name: string): Promise<() => Promise<void>> {
  const { config, throttle } = c.var.services;
  if (!config.RATE_LIMIT_ENABLED) return async () => undefined;
  const doors = [{ door: throttle(`name:${await hashOf(name)}`), free: FREE.name, all: true }];
  const address = addressOf(c);
  if (address !== null) {
    const door = throttle(`address:${await hashOf(address)}`);
    doors.push({ door, free: FREE.address, all: false });
  }
  const waits = await Promise.all(doors.map(({ door, free }) => door.attempt(free)));
  const retry_after = Math.max(...waits);
  if (retry_after > 0)
    throw new AppError(
      "RATE_LIMIT_EXCEEDED",
      `Too many failed attempts. Try again in ${retry_after} s.`,
      { retry_after },
    );
  return async () => {
    await Promise.all(doors.map(({ door, all }) => door.succeeded(all)));
  };
}

/** Whether one more mail may go to this address: five at once, then ever fewer. Nobody's mailbox is flooded. */
export async function mayMail(c: AppContext, email_key: string): Promise<boolean> {
  const door = c.var.services.throttle(`mail:${await hashOf(email_key)}`);
  return (await door.attempt(FREE.mails)) === 0;
}
