// `npm run demo [url]`: talks to a started server as a client would. Sends real messages over
// WebSocket, shows the tokens arriving, drops the connection in the middle of an answer, resumes,
// and shows that the text is whole.
import type { TurnEvent } from "../src/protocol/events.ts";
import type { Message } from "../src/protocol/message.ts";
import { applyEvent, emptyTranscript } from "../src/protocol/transcript.ts";

const base = process.argv[2] ?? process.env["EDGEWISE_URL"] ?? "http://localhost:8787";
/** Tokens of the second answer before the connection is dropped. */
const DROP_AFTER = 12;

let token = "";

await main().catch((thrown: unknown) => {
  console.error(`\n${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exit(1);
});

async function main(): Promise<void> {
  const { id } = await call<{ id: string }>("POST", "/conversations", { title: "Demo" });
  console.log(`A conversation: ${id}`);
  await ask(id, "Edgewise keeps one Durable Object per conversation. Nothing said is lost.", false);
  const resumed = await ask(id, "What is kept per conversation?", true);
  const { messages } = await call<{ messages: Message[] }>("GET", `/conversations/${id}/messages`);
  const stored = messages.at(-1)?.content ?? "";
  const whole = stored === resumed.text;
  console.log(
    `\nResumed ${resumed.tokens} tokens after the connection was dropped; the text is ${whole ? "whole" : "NOT whole"}: ` +
      `${resumed.text.length} characters assembled, ${stored.length} stored.`,
  );
  if (!whole) process.exit(1);
}

/** Sends `text` and shows the answer; with `drop`, loses the connection in the middle and comes back. */
async function ask(
  id: string,
  text: string,
  drop: boolean,
): Promise<{ text: string; tokens: number }> {
  console.log(`\n> ${text}\n`);
  const transcript = emptyTranscript();
  let position: { turn_id: string; after: string } | null = null;
  let tokens = 0;
  for (let dropped = !drop; ; dropped = true) {
    const lost = new AbortController();
    const first: object =
      position === null ? { type: "send", message: text } : { type: "resume", ...position };
    for await (const event of frames(id, first, lost.signal)) {
      applyEvent(transcript, event);
      if (event.type === "text.rewound") console.log(`\n[rewound to ${event.offset}]`);
      if (event.type === "text.delta") {
        process.stdout.write(event.text);
        if (position !== null && drop && dropped) tokens++;
      }
      if (event.type === "turn.failed") throw new Error(event.error.message);
      if (event.type === "turn.completed") {
        process.stdout.write("\n");
        if (!dropped)
          throw new Error("The answer was over before the connection could be dropped. Try again.");
        return { text: transcript.text, tokens };
      }
      position = { turn_id: event.turn_id, after: `${event.turn_id}:${event.epoch}.${event.seq}` };
      if (!dropped && transcript.deltas >= DROP_AFTER) break;
    }
    lost.abort();
    console.log("\n\n[the connection is dropped; the turn goes on without us]");
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log(`[back, resuming after ${position?.after}]\n`);
  }
}

/** Opens a socket, says `first`, and yields what comes. Ends when the reader stops or `signal` aborts. */
async function* frames(id: string, first: object, signal: AbortSignal): AsyncGenerator<TurnEvent> {
  const url = `${base.replace(/^http/, "ws")}/api/v1/conversations/${id}/ws?token=${token}`;
  const socket = new WebSocket(url);
  const arrived: TurnEvent[] = [];
  let wake = () => {};
  let failure: Error | null = null;
  const fail = (message: string) => {
    failure = new Error(message);
    wake();
  };
  socket.addEventListener("open", () => socket.send(JSON.stringify(first)));
  socket.addEventListener("error", () => fail(`no WebSocket at ${url.split("?")[0]}`));
  socket.addEventListener("close", () => fail("the server closed the connection"));
  socket.addEventListener("message", ({ data }) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our own server sends
    const event = JSON.parse(String(data)) as
      | TurnEvent
      | { type: "error"; error: { message: string } };
    if (event.type === "error") return fail(event.error.message);
    if ("seq" in event) arrived.push(event);
    wake();
  });
  try {
    while (!signal.aborted) {
      const event = arrived.shift();
      if (event !== undefined) yield event;
      else if (failure !== null) throw failure;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    socket.close();
  }
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error(`Nobody answers at ${base}. Start the server first: npm start`);
  });
  token ||= response.headers.get("X-Visitor-Token") ?? "";
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our own server sends
  return (await response.json()) as T;
}
