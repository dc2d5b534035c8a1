// Who asks about their own account: their row, or that they have none.
import { AppError } from "../errors.ts";
import { userById, type UserRow } from "../store/users.ts";
import type { AppContext } from "./context.ts";

/** The caller's own row. @throws AUTHENTICATION_ERROR for one who has none: a visitor */
export async function self(c: AppContext): Promise<UserRow> {
  const { database } = c.var.services;
  const { principal } = c.var;
  const user =
    principal.via === "anonymous"
      ? undefined
      : await userById(database(principal.user_id), principal.user_id);
  if (user === undefined) throw notSomebody();
  return user;
}

export const notSomebody = () =>
  new AppError(
    "AUTHENTICATION_ERROR",
    "Sign in first: this is about an account, and you have none.",
  );
