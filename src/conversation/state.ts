// What the parts of one object share.
import type { Alarms } from "./alarms.ts";
import type { ConversationRecord } from "./record.ts";
import type { ConversationServices } from "./services.ts";
import type { Sql } from "../store/sql.ts";

export type ObjectState = {
  readonly sql: Sql;
  readonly alarms: Alarms;
  readonly services: ConversationServices;
  /** The conversation's row, as it is stored. */
  record: ConversationRecord;
  /** How often something was erased in this life of the object: what was read before is not true any more. */
  erasures: number;
  /** Everything was let go of: nothing may be written any more. */
  gone: boolean;
};
