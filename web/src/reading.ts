// Reads the branch of a conversation that is shown, from its end.
import type { Message } from "../../src/protocol/message.ts";
import { readMessages } from "./api.ts";
import type { End } from "./conversation-state.ts";
import { before, type Path } from "./path.ts";
import { edgewise } from "./request.ts";

/** Places that are read at once. */
const PAGE = 50;

/** The end of the branch. */
export async function readEnd(id: string): Promise<End> {
  const conversation = await edgewise.conversations.get(id);
  // Other branches count here, too: then there is less on this one, and it is asked for anew.
  const { message_count, running_turn_id } = conversation;
  const guess = Math.max(0, message_count + (running_turn_id === null ? 0 : 1) - PAGE);
  const { messages, total } = await readMessages(id, guess);
  const first = Math.max(0, total - PAGE);
  if (first >= guess) return { conversation, messages, first: guess };
  return { conversation, first, messages: (await readMessages(id, first)).messages };
}

/**
 * What comes before `path`, which begins at place `first`. Null where the branch is another one by now.
 * @param through reads on until this message, where it is on the branch
 */
export async function readEarlier(
  id: string,
  path: Path,
  first: number,
  through: string | null,
): Promise<{ messages: Message[]; first: number } | null> {
  const read: Message[] = [];
  let from = first;
  for (;;) {
    const until = from;
    from = Math.max(0, until - (through === null ? PAGE : 100));
    const { messages } = await readMessages(id, from, until);
    const next = read[0] ?? path[0];
    if (next === undefined || before(messages, [next]).length !== messages.length) return null;
    read.unshift(...messages);
    // Ids rise along a branch.
    if (through === null || from === 0 || (read[0]?.id ?? "") <= through)
      return { messages: read, first: from };
  }
}
