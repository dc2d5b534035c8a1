// A chat of the `ai` package's own client, as `useChat` has it, without a page around it.
import {
  AbstractChat,
  type ChatInit,
  type ChatState,
  DefaultChatTransport,
  type UIMessage,
} from "ai";
import type { Client } from "./client.ts";

export const API = "/api/v1/chat/ui";

type Metadata = {
  conversationId: string;
  turnId: string;
  messageId: string;
  questionId: string;
  model?: string;
  usage?: { totalTokens: number };
};
export type Shown = UIMessage<Metadata>;

/** As React's has it, without React. */
class Kept implements ChatState<Shown> {
  status: ChatState<Shown>["status"] = "ready";
  error: Error | undefined;
  messages: Shown[];
  constructor(messages: Shown[] = []) {
    this.messages = messages;
  }
  pushMessage = (message: Shown) => {
    this.messages = [...this.messages, message];
  };
  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index: number, message: Shown) => {
    this.messages = this.messages.with(index, structuredClone(message));
  };
  snapshot = <T>(thing: T): T => structuredClone(thing);
}

export class Chat extends AbstractChat<Shown> {
  constructor({ messages, ...init }: ChatInit<Shown>) {
    super({ ...init, state: new Kept(messages) });
  }
}

type Asked = { path: string; status: number; raw: string };

/** A chat of `client`; what its transport was answered is kept, byte by byte. */
export function chatOf(client: Client, body: object, init: Partial<ChatInit<Shown>> = {}) {
  const asked: Asked[] = [];
  const fetch = async (input: RequestInfo | URL, options?: RequestInit) => {
    const path = typeof input === "string" ? input : new Request(input).url;
    const response = await client.fetch(path, options);
    const heard: Asked = { path, status: response.status, raw: "" };
    asked.push(heard);
    if (response.body === null) return response;
    const utf8 = new TextDecoder();
    const tapped = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, on) {
          heard.raw += utf8.decode(bytes, { stream: true });
          on.enqueue(bytes);
        },
      }),
    );
    return new Response(tapped, response);
  };
  const transport = new DefaultChatTransport<Shown>({ api: API, body: () => body, fetch });
  const chat = new Chat({ transport, ...init });
  return { chat, asked };
}

export const textsOf = ({ messages }: Chat) =>
  messages.map(({ role, parts }) => [
    role,
    parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
  ]);
export const kindsOf = (message: Shown | undefined) => message?.parts.map(({ type }) => type);
