// Our messages → Anthropic's (platform.claude.com/docs/en/build-with-claude/working-with-messages), and
// where its prompt cache may end.
import type Anthropic from "@anthropic-ai/sdk";
import { messagesOf } from "../../normalise.ts";
import type { ModelMessage, ModelRequest, Picture } from "../../provider.ts";
import { dataOf } from "../shared/images.ts";
import { inOrder, nameless, userFirst } from "../shared/messages.ts";

type Block = Anthropic.ContentBlockParam;
type Message = { role: "user" | "assistant"; content: Block[] };

/** @throws {ProviderError} `invalid_request` for a picture that is none */
export function convertMessages(request: ModelRequest): Message[] {
  const messages: Message[] = [];
  for (const message of userFirst(nameless(messagesOf(request)))) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const content = blocksOf(message, request.model);
    const last = messages.at(-1);
    // Results of tools are the user's here, and stand before what the user says.
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  }
  if (request.purpose === "chat") cacheBefore(messages);
  return messages;
}

function blocksOf(message: ModelMessage, model: string): Block[] {
  switch (message.role) {
    case "user":
      return inOrder(message).map((piece) =>
        piece.type === "text" ? piece : imageOf(piece.picture, model),
      );
    case "assistant":
      return [
        ...textOf(message.content),
        ...(message.tool_calls ?? []).map(({ id, name, arguments: json }) => ({
          type: "tool_use" as const,
          id: fitting(id),
          name,
          input: objectOf(json),
        })),
      ];
    case "tool":
      return [
        {
          type: "tool_result",
          tool_use_id: fitting(message.tool_call_id),
          content: message.content,
        },
      ];
  }
}

/** Blocks of nothing but white space are refused. */
const textOf = (text: string): Block[] => (text.trim() === "" ? [] : [{ type: "text", text }]);

function imageOf(picture: Picture, model: string): Block {
  const data = dataOf(picture, "anthropic", model);
  return {
    type: "image",
    source: data === null ? { type: "url", url: picture.url } : { type: "base64", ...data },
  };
}

/** Ids that other vendors gave may have signs that are refused here. */
const fitting = (id: string) => id.replaceAll(/[^A-Za-z0-9_-]/g, "_");

function objectOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/**
 * The cache may end with the last message that the next request has, too: what stands before the one
 * that asks, to which knowledge of the moment may have been added. Titles and the like are asked once.
 */
function cacheBefore(messages: Message[]): void {
  const stable = messages.at(-2)?.content.at(-1);
  if (stable !== undefined && "type" in stable && isCacheable(stable))
    stable.cache_control = { type: "ephemeral" };
}

function isCacheable(
  block: Block,
): block is Extract<Block, { type: "text" | "image" | "tool_use" | "tool_result" }> {
  return ["text", "image", "tool_use", "tool_result"].includes(block.type);
}
