// Conversations that are made of others: begun, and taken back where what was to be in them does not come.
import type { Made } from "../conversation/record.ts";
import type { Result } from "../errors.ts";
import type { ConversationDetail } from "../protocol/conversation.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";

/** Makes it; where the provider that it had is not configured here, with the one that is standard. */
export async function madeHere(
  c: AppContext,
  id: string,
  made: Made,
): Promise<Result<ConversationDetail>> {
  const { principal, services } = c.var;
  const { models } = services.turn;
  const known = models.choose(made).ok ? {} : { provider: undefined, model: undefined };
  return services.conversation(id).create(principal, id, { ...made, ...known });
}

/** Deletes one that did not become whole. Never throws: there is a failure to tell already. */
export async function abandoned(c: AppContext, id: string): Promise<void> {
  const { principal, services } = c.var;
  try {
    await services.conversation(id).remove(principal, id);
  } catch (thrown) {
    services.log.error("transfer.left_behind", { conversation_id: id, ...thrownFields(thrown) });
  }
}
