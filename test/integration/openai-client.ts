// OpenAI's own client, pointed at the Worker.
import { exports } from "cloudflare:workers";
import OpenAI, { APIError } from "openai";
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { Message } from "../../src/protocol/message.ts";
import { person } from "./people.ts";

export const BASE_URL = "http://edgewise.test/v1";

/** What clients fetch with. */
export const toWorker: typeof fetch = (input, init) =>
  exports.default.fetch(new Request(input, init));

/** A client with a key. It asks once: what it would ask again after a failure is not what is tested. */
export function openaiWith(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: BASE_URL, apiKey, fetch: toWorker, maxRetries: 0 });
}

/** The client of a program that somebody gave a key to. */
export async function openai(): Promise<OpenAI> {
  return openaiWith(await newKey());
}

export async function newKey(scopes = ["chat"]): Promise<string> {
  const program = await (await person()).apiKey(scopes);
  return program.token ?? "";
}

/** What was told beside an answer. */
export type Beside = Pick<Message, "notices" | "citations" | "turn_id"> & {
  conversation_id?: string;
  message_id?: string;
};

export const besideOf = (answer: ChatCompletion | ChatCompletionChunk | undefined): Beside =>
  (answer as unknown as { edgewise: Beside }).edgewise;

/** What Edgewise adds to a body. */
export const extended = (edgewise: object) => ({ edgewise });

export const asking = (content: string) => [{ role: "user" as const, content }];

/** The error that a call ends with. @throws where it ends well */
export async function errorOf(call: PromiseLike<unknown>): Promise<APIError> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof APIError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

export const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
