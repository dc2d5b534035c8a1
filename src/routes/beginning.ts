// Conversations that begin with what was said before, which their client brings along.
import { noDetails } from "../conversation/messages.ts";
import { unwrap } from "../errors.ts";
import type { BroughtMessage, Earlier } from "../protocol/transfer.ts";
import type { AppContext } from "./context.ts";
import { abandoned, madeHere } from "./making.ts";

/** Makes a conversation of `said`, and goes on in it. Where that fails it is taken back: nothing new was said in it. */
export async function beginningWith<T>(
  c: AppContext,
  id: string,
  said: readonly Earlier[],
  goOn: () => Promise<T>,
): Promise<T> {
  const { services, principal } = c.var;
  unwrap(await madeHere(c, id, { intake: true }));
  try {
    const brought = broughtFrom(said, services.now());
    const conversation = services.conversation(id);
    unwrap(await conversation.bring(principal, id, brought, { leaf: null }));
    return await goOn();
  } catch (thrown) {
    await abandoned(c, id);
    throw thrown;
  }
}

function broughtFrom(said: readonly Earlier[], now: number): BroughtMessage[] {
  return said.map((message, at) => ({
    ...message,
    parent_seq: said[at - 1]?.seq ?? null,
    status: "completed",
    created_at: now,
    finished_at: now,
    details: noDetails,
    feedback: null,
  }));
}
