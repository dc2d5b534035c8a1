// GET /ws/chat, as seed 003 §3.5 has it: `chat` with messages, answered by `token` frames and
// `done`; `ping` by `pong`. Nothing is stored unless a conversation_id is given.
import { Hono } from "hono";
import { sendCommand } from "../conversation/command.ts";
import { AppError, failureOf, unwrap } from "../errors.ts";
import type { Principal } from "../auth/principal.ts";
import { describeIssues } from "../protocol/issues.ts";
import {
  encodeSeed003Frame,
  type Seed003Frame,
  seed003FrameSchema,
} from "../protocol/seed003-ws.ts";
import { statelessSchema, unknownFields } from "../protocol/send.ts";
import { errorFrame, PONG } from "../protocol/ws.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, knownConversation } from "./declare.ts";
import { authenticateSocket, refusedSocket } from "./principal.ts";
import { answerStateless, statelessFrom } from "./sending.ts";

type ChatFrame = Extract<Seed003Frame, { type: "chat" }>;

const LONGEST_FRAME = 1024 * 1024;

export const wsChat = new Hono<AppEnv>().get(
  "/chat",
  describes("chat", "Seed 003's WebSocket: chat, ping; token, done, pong", [
    { status: 101, description: "JSON frames" },
  ]),
  async (c) => {
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket")
      throw new AppError("VALIDATION_ERROR", "Upgrade: should be websocket", { field: "Upgrade" });
    const principal = await authenticateSocket(c);
    if (!principal.ok) return refusedSocket(principal.failure);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    converse(c, principal.value, server);
    // The visitor's cookie and token, where one was just made.
    return new Response(null, { status: 101, webSocket: client, headers: c.res.headers });
  },
);

/** Answers frames one after the other; a stateless answer ends with its socket. */
function converse(c: AppContext, principal: Principal, socket: WebSocket): void {
  const left = new AbortController();
  let answering: Promise<void> | null = null;
  socket.addEventListener("close", () => left.abort());
  socket.addEventListener("error", () => left.abort());
  socket.addEventListener("message", ({ data }) => {
    const say = (text: string) => {
      if (!left.signal.aborted) socket.send(text);
    };
    const frame = parse(data);
    if (!(frame instanceof AppError)) {
      if (frame.type === "ping") return say(PONG);
      if (answering === null) {
        answering = chat(c, principal, frame, say, left.signal)
          .catch((thrown: unknown) => {
            if (!(thrown instanceof AppError))
              c.var.services.log.error("ws.failed", thrownFields(thrown));
            say(errorFrame(failureOf(thrown)));
          })
          .finally(() => {
            answering = null;
          });
        return;
      }
    }
    const busy = new AppError(
      "CONVERSATION_BUSY",
      "An answer is still being written on this socket; wait for `done`.",
    );
    say(errorFrame(frame instanceof AppError ? frame.failure : busy.failure));
  });
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
  const { code, message, details } = describeIssues(frame.error.issues);
  return new AppError(code, message, details);
}

async function chat(
  c: AppContext,
  principal: Principal,
  frame: ChatFrame,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { type: _type, conversation_id, on_busy, ...body } = frame;
  const ignored = unknownFields(body, statelessSchema.shape);
  if (conversation_id === undefined || conversation_id === null) {
    await answerStateless(
      c,
      statelessFrom(body, ignored),
      (event) => {
        const text = encodeSeed003Frame(event);
        if (text !== "") say(text.trimEnd());
      },
      signal,
    );
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
  const send = { ...settings, message: question.content, on_busy };
  const command = unwrap(await sendCommand(send, ignored, undefined));
  const sent = unwrap(
    await c.var.services.conversation(id).send(principal, id, command, false, "seed003-ws"),
  );
  if (sent.stream === null) return;
  const lines = sent.stream.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const text of lines) {
    if (signal.aborted) return; // the socket has closed: the turn goes on without it
    const frames = (rest + text).split("\n");
    rest = frames.pop() ?? "";
    for (const line of frames) say(line);
  }
}
