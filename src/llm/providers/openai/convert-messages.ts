// Our messages → OpenAI's (platform.openai.com/docs/api-reference/chat/create).
import type OpenAI from "openai";
import { messagesOf } from "../../normalise.ts";
import type { ModelMessage, ModelRequest } from "../../provider.ts";
import { dataOf, refuseImages } from "../shared/images.ts";
import { inOrder, nameless, userFirst } from "../shared/messages.ts";
import { fitting } from "./tool-call-ids.ts";
import type { ReachedVendor } from "./vendors.ts";

type Message = OpenAI.ChatCompletionMessageParam;

/** @throws {ProviderError} `invalid_request` where a picture cannot be sent */
export function convertMessages(
  { id, traits }: ReachedVendor,
  request: Pick<ModelRequest, "model" | "messages" | "continues">,
  system: string | undefined,
): Message[] {
  const said = messagesOf(request);
  const told = traits.names ? said : nameless(said);
  const messages = traits.userFirst === true ? userFirst(told) : told;
  refuseImages(messages, traits.images, id, request.model);
  const convert = (message: ModelMessage): Message => {
    switch (message.role) {
      case "user":
        return {
          role: "user",
          content: userContent(message, id, request.model),
          ...(message.name === undefined ? {} : { name: message.name }),
        };
      case "assistant":
        return assistant(message, traits.toolCallIds);
      case "tool":
        return {
          role: "tool",
          tool_call_id: fitting(message.tool_call_id, traits.toolCallIds),
          content: message.content,
        };
    }
  };
  return [
    ...(system === undefined || system === ""
      ? []
      : [{ role: "system" as const, content: system }]),
    ...messages.map(convert),
  ];
}

function userContent(
  message: Extract<ModelMessage, { role: "user" }>,
  provider: string,
  model: string,
): string | OpenAI.ChatCompletionContentPart[] {
  if ((message.images ?? []).length === 0) return message.content;
  return inOrder(message).map((piece) => {
    if (piece.type === "text") return piece;
    dataOf(piece.picture, provider, model); // refuses what is no picture
    const { url, detail } = piece.picture;
    return { type: "image_url", image_url: { url, ...(detail === undefined ? {} : { detail }) } };
  });
}

function assistant(
  { content, tool_calls }: Extract<ModelMessage, { role: "assistant" }>,
  ids: RegExp | undefined,
): Message {
  if (tool_calls === undefined || tool_calls.length === 0) return { role: "assistant", content };
  return {
    role: "assistant",
    content: content === "" ? null : content,
    tool_calls: tool_calls.map((call) => ({
      id: fitting(call.id, ids),
      type: "function",
      function: { name: call.name, arguments: call.arguments },
    })),
  };
}
