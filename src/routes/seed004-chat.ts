// What `/api/chat` answers to a message, and `/api/chat/stream`, as seed 004's clients send it: into a
// conversation, which is made where none is named.
import { unwrap } from "../errors.ts";
import { answerOf, type ChatBody, ignoredIn, sendOf } from "../protocol/seed004-chat.ts";
import { wholeAnswer } from "../protocol/seed-chat.ts";
import type { AppContext } from "./context.ts";
import { commandOf, destination, streamTurn } from "./sending.ts";

export async function answerMessage(c: AppContext, body: ChatBody): Promise<Response> {
  const { id, create, command } = await taken(c, body);
  const { services, principal } = c.var;
  const closing = unwrap(await services.conversation(id).ask(principal, id, command, create));
  c.header("X-Conversation-Id", id);
  return c.json(answerOf(unwrap(wholeAnswer(closing))));
}

export async function streamMessage(c: AppContext, body: ChatBody): Promise<Response> {
  const { id, create, command } = await taken(c, body);
  return streamTurn(c, id, command, create, "seed004");
}

async function taken(c: AppContext, body: ChatBody) {
  const { id, create } = await destination(c, body);
  const ignored = ignoredIn(await c.req.json<object>());
  return { id, create, command: await commandOf(c, id, sendOf(body), ignored) };
}
