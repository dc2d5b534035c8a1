// The one function that says which database a tenant's rows are in. Today there is one; when 10 GB
// is near, `tenant_id` is the key to shard by.
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";

export type Database = DrizzleD1Database;
export type DatabaseOf = (tenant_id: string) => Database;

export function databases(binding: D1Database): DatabaseOf {
  const only = drizzle(binding);
  return () => only;
}
