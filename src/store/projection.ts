// What a conversation tells D1: its projection, and what its turns used. All of it, or nothing.
import { type ConversationProjection, upsertConversation } from "./conversations.ts";
import type { Database } from "./database.ts";
import { insertUsage, type UsageRow } from "./usage.ts";

export async function projectChanges(
  db: Database,
  { conversation, usage }: { conversation: ConversationProjection | null; usage: UsageRow[] },
): Promise<void> {
  const [first, ...rest] = [
    ...(conversation === null ? [] : [upsertConversation(db, conversation)]),
    ...usage.map((row) => insertUsage(db, row)),
  ];
  if (first !== undefined) await db.batch([first, ...rest]);
}
