// What the faces of seeds 001, 003 and 004 share: the list that their lists are, and a conversation
// with all its messages, written page by page, so that it need not be in memory.
import { unwrap } from "../errors.ts";
import { conversationView } from "../protocol/conversation.ts";
import type { Message } from "../protocol/message.ts";
import { listConversations } from "../store/conversation-lists.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";

/** Messages that are in memory at once; fewer where they are long. */
const PAGE = 200;

/** Somebody's conversations, what changed last first. */
export async function listed(
  c: AppContext,
  page: { limit: number; offset: number },
  match?: string,
) {
  const { services, principal } = c.var;
  const { rows, total } = await listConversations(
    services.database(principal.tenant_id),
    principal,
    { ...page, sort: "updated", order: "desc", filters: { match } },
  );
  return { conversations: rows.map(conversationView), total };
}

/**
 * `head` with the messages of the branch that is shown, oldest first, as its field `messages`. What is
 * still being written and what was taken back is left out. Should a page fail, the body breaks off:
 * it is no JSON then, and nobody takes it for the whole.
 * @param view null leaves a message out
 * @param last so many of them; all where it is not said
 */
export async function wholeConversation(
  c: AppContext,
  id: string,
  head: object,
  view: (message: Message) => object | null,
  last?: number,
): Promise<Response> {
  const pages = pagesOf(c, id, last);
  let page = await pages.next(); // before there is a status
  const encoder = new TextEncoder();
  let before = `${JSON.stringify(head).slice(0, -1)},"messages":[`;
  let between = "";
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // A page of which nothing is shown says nothing, and a pull that says nothing is the last.
          let text = before;
          before = "";
          while (page.done !== true) {
            const shown = page.value
              .filter(isShown)
              .flatMap((message) => view(message) ?? [])
              .map((one) => JSON.stringify(one));
            if (shown.length > 0) text += between + shown.join(",");
            if (shown.length > 0) between = ",";
            page = await pages.next();
            if (text !== "") break;
          }
          controller.enqueue(encoder.encode(page.done === true ? `${text}]}` : text));
          if (page.done === true) controller.close();
        } catch (thrown) {
          const fields = {
            request_id: c.var.request_id,
            path: c.req.path,
            ...thrownFields(thrown),
          };
          c.var.services.log.warning("response.broken", fields);
          controller.error(thrown);
        }
      },
    },
    { highWaterMark: 0 },
  );
  return c.body(body, 200, { "Content-Type": "application/json" });
}

function isShown({ status }: Message): boolean {
  return status !== "running" && status !== "deleted";
}

/** @throws CONVERSATION_NOT_FOUND */
async function* pagesOf(
  c: AppContext,
  id: string,
  last: number | undefined,
): AsyncGenerator<Message[], undefined> {
  const { services, principal } = c.var;
  const conversation = services.conversation(id);
  const ask = async (limit: number, offset: number) =>
    unwrap(await conversation.messages(principal, id, { limit, offset }));
  let offset: number | null = last === undefined ? 0 : Math.max(0, (await ask(1, 0)).total - last);
  while (offset !== null) {
    const page: { messages: Message[]; next: number | null } = await ask(PAGE, offset);
    yield page.messages;
    offset = page.next;
  }
  return undefined;
}
