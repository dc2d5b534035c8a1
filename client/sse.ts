// Server-Sent Events, read: bytes → records → events of a turn.
import { EdgewiseError, unreachable } from "./error.ts";
import { placeIn, type StreamEvent } from "./events.ts";

type Record = { id: string; event: string; data: string };

/** Milliseconds: the server says something every 15 s, so a longer silence is a dead line. */
export const LONGEST_SILENCE = 45_000;

/**
 * The records of a body as they come (HTML standard, 9.2.6), and nothing of one that is not whole.
 * Leaving lets go of the body, and so does the signal. @throws {EdgewiseError} `NETWORK` where it breaks, or is silent
 */
export async function* records(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Record> {
  const reader = body.getReader();
  const leave = () => void reader.cancel().catch(() => undefined); // it may have broken
  signal?.addEventListener("abort", leave, { once: true });
  const decoder = new TextDecoder(); // takes a BOM away, too
  /** Of a line that has not ended, in pieces: looked through once each, however long it gets. */
  let pieces: string[] = [];
  /** Whether the text until here ends in a CR, to which an LF still belongs. */
  let returned = false;
  let record: Record = { id: "", event: "", data: "" };
  try {
    for (;;) {
      const { done, value } = await heard(reader);
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      if (text === "") continue;
      const [first = "", ...lines] = (returned ? text.replace(/^\n/, "") : text).split(
        /\r\n|\n|\r/,
      );
      returned = text.endsWith("\r");
      pieces.push(first);
      for (const next of lines) {
        const line = pieces.join("");
        pieces = [next];
        if (line !== "") {
          record = withLine(record, line);
          continue;
        }
        if (record.data !== "") yield record;
        record = { id: record.id, event: "", data: "" };
      }
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    leave();
  }
}

function withLine(record: Record, line: string): Record {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "data")
    return { ...record, data: record.data === "" ? value : `${record.data}\n${value}` };
  return name === "id" || name === "event" ? { ...record, [name]: value } : record;
}

async function heard(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("silent for too long")), LONGEST_SILENCE);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (thrown) {
    throw unreachable(thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** The events of a turn. Such as this client does not know are left out. */
export async function* eventsIn(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  if (response.body === null) throw noStream(undefined);
  for await (const { id, event, data } of records(response.body, signal)) {
    const place = placeIn(id);
    const body = bodyOf(event, parsed(data));
    if (place !== null && body !== null) yield { ...body, ...place };
  }
}

const noStream = (cause: unknown) =>
  new EdgewiseError("UNEXPECTED", "The answer is no stream of Edgewise's.", { cause });

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (thrown) {
    throw noStream(thrown);
  }
}

type WithoutPlace<Event> = Event extends unknown ? Omit<Event, "turn_id" | "epoch" | "seq"> : never;

/** What the names of a stream are among events; the server typed what comes with each. */
// oxlint-disable-next-line typescript/no-explicit-any -- Edgewise's word, as `valueIn` takes it
function bodyOf(name: string, data: any): WithoutPlace<StreamEvent> | null {
  switch (name) {
    case "queued":
      return { type: "turn.queued", conversation_id: data.conversation_id };
    case "start":
      return {
        type: "turn.started",
        conversation_id: data.conversation_id,
        message_id: data.message_id,
      };
    case "token":
      return { type: "text.delta", text: data.token, index: data.index };
    case "rewind":
      return { type: "text.rewound", offset: data.offset };
    case "reasoning":
      return { type: "reasoning.delta", text: data.token };
    case "sources":
      return { type: "sources.found", sources: data.sources };
    case "tool_call":
      return { type: "tool.called", call: data };
    case "notice":
      return { type: "notice", notice: data };
    case "complete":
      return { type: "turn.completed", message: data.message };
    case "error":
      return { type: "turn.failed", error: data.error, message: data.message };
    case "cancelled":
      return { type: "turn.cancelled", message: data.message };
    default:
      return null;
  }
}
