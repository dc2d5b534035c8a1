// GET /ws/chat, as seed 003 §3.5 has it: `chat` with messages, answered by `token` frames and
// `done`; `ping` by `pong`. Nothing is stored unless a conversation_id is given.
import { Hono } from "hono";
import { chargeOf, saidIn, turnWant } from "../account/admission.ts";
import type { Want } from "../account/calls.ts";
import type { Credential } from "../auth/principal.ts";
import { sendCommand } from "../conversation/command.ts";
import { giveBack } from "../conversation/settlement.ts";
import { AppError, fail, failureOf, ok, type Result, unwrap } from "../errors.ts";
import type { Charge } from "../protocol/charge.ts";
import type { TurnEvent } from "../protocol/events.ts";
import { describeIssues } from "../protocol/issues.ts";
import {
  encodeSeed003Frame,
  type Seed003Frame,
  seed003FrameSchema,
} from "../protocol/seed003-ws.ts";
import { statelessSchema, unknownFields } from "../protocol/send.ts";
import { refusedSocket } from "../protocol/refused-socket.ts";
import { errorFrame, PONG } from "../protocol/ws.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { asksItself, describes, knownConversation, reads } from "./declare.ts";
import { newVisitor, socketCredential } from "./credentials.ts";
import { enter } from "./principal.ts";
import { answerStateless, promptOf, statelessFrom } from "./sending.ts";

type ChatFrame = Extract<Seed003Frame, { type: "chat" }>;

const LONGEST_FRAME = 1024 * 1024;
/** Milliseconds that a socket may stay open without saying who is there. */
const INTRODUCTION = 10_000;

export const wsChat = new Hono<AppEnv>().get(
  "/chat",
  describes(
    "chat",
    "Seed 003's WebSocket: chat, ping; token, done, pong",
    [{ status: 101, description: "JSON frames" }],
    ["VALIDATION_ERROR"],
  ),
  asksItself,
  reads({ in: "query", name: "token", description: "A token, of who cannot set headers." }),
  async (c) => {
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket")
      throw new AppError("VALIDATION_ERROR", "Upgrade: should be websocket", { field: "Upgrade" });
    const shown = await whoIsThere(c);
    if (!shown.ok) return refusedSocket(shown.failure);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    converse(c, shown.value, server);
    // The visitor's cookie and token, where one was just made.
    return new Response(null, { status: 101, webSocket: client, headers: c.res.headers });
  },
);

/** Here, where nothing is stored, a visitor may be made on the spot; else the first frame tells. */
async function whoIsThere(c: AppContext): Promise<Result<Credential | null>> {
  try {
    const shown = await socketCredential(c);
    if (shown !== null) await admit(c, shown, { kind: "request" });
    if (shown !== null || !c.var.services.config.ALLOW_ANONYMOUS) return ok(shown);
    return ok(await newVisitor(c));
  } catch (thrown) {
    if (thrown instanceof AppError) return { ok: false, failure: thrown.failure };
    throw thrown;
  }
}

/** Answers frames one after the other; a stateless answer ends with its socket. */
function converse(c: AppContext, shown: Credential | null, socket: WebSocket): void {
  const left = new AbortController();
  let credential = shown;
  let answering: Promise<void> | null = null;
  const say = (text: string) => {
    if (!left.signal.aborted) socket.send(text);
  };
  const refuse = (thrown: unknown) => {
    if (!(thrown instanceof AppError)) c.var.services.log.error("ws.failed", thrownFields(thrown));
    const failure = failureOf(thrown);
    say(errorFrame(failure));
    if (failure.code === "AUTHENTICATION_ERROR") socket.close(4001, failure.message.slice(0, 120));
  };
  const introduction = setTimeout(() => {
    if (credential === null) socket.close(4001, "Nobody said who is there.");
  }, INTRODUCTION);
  const ended = () => {
    clearTimeout(introduction);
    left.abort();
  };
  socket.addEventListener("close", ended);
  socket.addEventListener("error", ended);
  socket.addEventListener("message", ({ data }) => {
    const frame = parse(data);
    if (frame instanceof AppError) return say(errorFrame(frame.failure));
    if (frame.type === "ping") return say(PONG);
    if (answering !== null) return say(errorFrame(BUSY));
    if (frame.type === "chat" && credential === null)
      return socket.close(4001, "The first frame has to be auth.");
    const done =
      frame.type === "auth"
        ? introduce(c, frame.token, (known) => {
            credential = known;
            say(JSON.stringify({ type: "authenticated" }));
          })
        : chat(c, credential, frame, say, left.signal);
    answering = done.catch(refuse).finally(() => {
      answering = null;
    });
  });
}

const BUSY = fail(
  "CONVERSATION_BUSY",
  "An answer is still being written on this socket; wait for `done`.",
).failure;

/** An open socket has no headers to say in how the limit stands. */
async function admit(c: AppContext, credential: Credential, want: Want) {
  return enter(c, credential, await c.var.services.admit(credential, want));
}

async function introduce(
  c: AppContext,
  token: string,
  known: (credential: Credential) => void,
): Promise<void> {
  const credential = unwrap(await c.var.services.authenticator.authenticate(token));
  await admit(c, credential, { kind: "request" });
  known(credential);
}

function parse(data: unknown): Seed003Frame | AppError {
  if (typeof data !== "string")
    return new AppError("VALIDATION_ERROR", "Frames are JSON text; this one was binary.", {
      field: "frame",
    });
  if (data.length > LONGEST_FRAME)
    return new AppError("PAYLOAD_TOO_LARGE", `A frame may have ${LONGEST_FRAME} characters.`, {
      field: "frame",
    });
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return new AppError("VALIDATION_ERROR", "The frame is not JSON.", { field: "frame" });
  }
  const frame = seed003FrameSchema.safeParse(json);
  if (frame.success) return frame.data;
  const { code, message, details } = describeIssues(frame.error.issues, json);
  return new AppError(code, message, details);
}

/** The right is asked for anew with every message, and what it may cost is reserved. */
async function chat(
  c: AppContext,
  credential: Credential | null,
  frame: ChatFrame,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (credential === null) return;
  const { services } = c.var;
  // A conversation has its own history: of the messages only the last is new.
  const goesOn = typeof frame.conversation_id === "string";
  const said = goesOn ? { ...frame, messages: frame.messages.slice(-1) } : frame;
  const asked = {
    history: goesOn,
    ...saidIn(said),
    max_tokens: frame.max_tokens ?? null,
    provider: frame.provider,
    model: frame.model,
  };
  const want = turnWant(asked, services);
  const admission = await admit(c, credential, want);
  const charge = chargeOf(admission.principal, admission, want);
  let taken = false;
  const take = () => {
    taken = true;
    return charge;
  };
  try {
    await answer(c, take, frame, say, signal);
  } finally {
    if (!taken) await giveBack(services, charge);
  }
}

async function answer(
  c: AppContext,
  take: () => Charge,
  frame: ChatFrame,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { type: _type, conversation_id, on_busy, ...body } = frame;
  const ignored = unknownFields(body, statelessSchema.shape);
  if (conversation_id === undefined || conversation_id === null) {
    const input = statelessFrom(body, ignored, await promptOf(c, body), c.var.principal);
    const tell = (event: TurnEvent) => {
      const text = encodeSeed003Frame(event);
      if (text !== "") say(text.trimEnd());
    };
    await answerStateless(c, take(), input, tell, signal);
    return;
  }
  // The conversation has its own history: of the messages only the last, the user's, is new.
  const { messages, ...settings } = body;
  const question = messages.at(-1);
  if (question?.role !== "user")
    throw new AppError("VALIDATION_ERROR", "messages: should end with the user's message", {
      field: "messages",
    });
  const id = knownConversation(conversation_id);
  const { content } = question;
  const said = typeof content === "string" ? { message: content } : { parts: content };
  const send = { ...settings, ...said, on_busy };
  const command = unwrap(
    await sendCommand(send, {
      conversation: id,
      ignored,
      key: undefined,
      charge: null,
      prompt: await promptOf(c, body),
      facts: c.var.facts,
    }),
  );
  const { services, principal } = c.var;
  const sent = unwrap(
    await services
      .conversation(id)
      .send(principal, id, { ...command, charge: take() }, false, "seed003-ws"),
  );
  if (sent.stream === null) return;
  const lines = sent.stream.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const text of lines) {
    if (signal.aborted) return; // the socket has closed: the turn goes on without it
    const frames = (rest + text).split("\n");
    rest = frames.pop() ?? "";
    for (const line of frames) if (line.startsWith("{")) say(line); // the rest is a heartbeat
  }
}
