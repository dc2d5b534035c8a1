// `npm run demo [url]`: talks to a started server with the client that programs use. Sends real messages
// over WebSocket, shows the tokens arriving, drops the connection in the middle of an answer, and shows
// that the text is whole.
import { Edgewise, EdgewiseError, type LiveConversation, textAfter } from "../client/index.ts";

const url = process.argv[2] ?? process.env["EDGEWISE_URL"] ?? "http://localhost:8787";
/** Pieces of the second answer before the connection is dropped. */
const DROP_AFTER = 12;

let drop = (): unknown => undefined;

/** A line that can be cut. */
class Line extends WebSocket {
  constructor(address: string) {
    super(address);
    drop = () => this.dispatchEvent(new Event("close")); // nothing is heard on it any more
  }
}

try {
  await main();
} catch (thrown) {
  const away = thrown instanceof EdgewiseError && thrown.code === "NETWORK";
  if (away) console.error(`\nNobody answers at ${url}. Start the server first: npm start`);
  else console.error(`\n${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const edgewise = new Edgewise({ url, WebSocket: Line, backoff: { attempts: 1, first: 500 } });
  const { id } = await edgewise.conversations.create({ title: "Demo" });
  console.log(`A conversation: ${id}`);
  const live = edgewise.conversation(id).connect();
  await ask(
    live,
    "Edgewise keeps one Durable Object per conversation. Nothing said is lost.",
    false,
  );
  const { text, resumed } = await ask(live, "What is kept per conversation?", true);
  live.close();
  const { messages } = await edgewise.conversations.messages(id);
  const stored = messages.at(-1)?.content ?? "";
  const whole = stored === text;
  console.log(
    `\nResumed ${resumed} pieces after the connection was dropped; the text is ${whole ? "whole" : "NOT whole"}: ` +
      `${text.length} characters assembled, ${stored.length} stored.`,
  );
  if (!whole) process.exitCode = 1;
}

/** Sends `message` and shows the answer; with `dropping`, loses the connection in the middle. */
async function ask(live: LiveConversation, message: string, dropping: boolean) {
  console.log(`\n> ${message}\n`);
  const answer = live.send({ message });
  let text = "";
  let pieces = 0;
  let resumed = 0;
  let dropped = false;
  for await (const event of live) {
    if (event.type === "conversation.updated") continue;
    text = textAfter(text, event);
    if (event.type === "text.rewound") console.log(`\n[rewound to ${event.offset}]`);
    if (event.type === "turn.completed" || event.type === "turn.failed") break;
    if (event.type !== "text.delta") continue;
    if (dropped && resumed === 0) console.log("[back, and told what was missed]\n");
    process.stdout.write(event.text);
    pieces += 1;
    if (dropped) resumed += 1;
    if (!dropping || dropped || pieces < DROP_AFTER) continue;
    dropped = true;
    drop();
    console.log("\n\n[the connection is dropped; the turn goes on without us]");
  }
  process.stdout.write("\n");
  await answer; // throws where the turn failed
  if (dropping && !dropped)
    throw new Error("The answer was over before the connection could be dropped. Try again.");
  return { text, resumed };
}
