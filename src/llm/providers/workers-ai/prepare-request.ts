// A request → what the binding's text models take (their schemas stand on the models' pages); what they
// do not take becomes a notice.
import type { Notice } from "../../../protocol/message.ts";
import { messagesOf } from "../../normalise.ts";
import type { ModelMessage, ModelRequest } from "../../provider.ts";
import { inWords, withInstruction } from "../shared/formats.ts";
import { dataOf, refuseImages } from "../shared/images.ts";
import { inOrder, nameless, userFirst } from "../shared/messages.ts";
import { fits } from "../shared/models.ts";
import { adjusted, ignored, severalCalls } from "../shared/notices.ts";
import { CAN, WORKERS_AI } from "./models.ts";

const MOST_SEED = 9_999_999_999;

export type Prepared = {
  body: Record<string, unknown>;
  /** Whether the answer comes as a stream: JSON of a schema does not. */
  streamed: boolean;
  notices: Notice[];
};

/** @throws {ProviderError} `invalid_request` for a picture that cannot be sent */
export function prepareRequest(request: ModelRequest): Prepared {
  const { model, settings, defaults } = request;
  const notices: Notice[] = [];
  if (settings.stop !== undefined)
    notices.push(ignored("stop", `${model} does not know stop; it was ignored.`));
  const temperature = Math.min(WORKERS_AI.hottest, settings.temperature ?? defaults.temperature);
  const { top_p, frequency_penalty, presence_penalty, seed } = settings;
  if (seed !== undefined && (seed < 1 || seed > MOST_SEED))
    notices.push(
      ignored("seed", `${model} takes seeds from 1 to ${MOST_SEED}; ${seed} was ignored.`),
    );
  const { format, system } = formatOf(request, notices);
  const body = {
    messages: [
      ...(system === undefined || system === "" ? [] : [{ role: "system", content: system }]),
      ...convert(request),
    ],
    max_tokens: settings.max_tokens ?? defaults.max_tokens,
    temperature,
    ...(top_p === undefined ? {} : { top_p }),
    ...(frequency_penalty === undefined ? {} : { frequency_penalty }),
    ...(presence_penalty === undefined ? {} : { presence_penalty }),
    ...(seed === undefined || seed < 1 || seed > MOST_SEED ? {} : { seed }),
    ...toolsOf(request, notices),
    ...format,
    ...("response_format" in format ? {} : { stream: true }),
  };
  return { body, streamed: !("response_format" in format), notices };
}

function toolsOf(
  { model, tools = [], tool_choice: choice, parallel_tool_calls }: ModelRequest,
  notices: Notice[],
): object {
  if (tools.length === 0 || choice === "none") return {};
  if (!fits(CAN.tools, model)) {
    notices.push(ignored("tools", `${model} cannot call tools; they were ignored.`));
    return {};
  }
  if (choice !== undefined && choice !== "auto")
    notices.push(
      ignored("tool_choice", `${model} chooses a tool by itself; tool_choice was ignored.`),
    );
  if (parallel_tool_calls === false) notices.push(severalCalls(model));
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: "function",
      function: { name, description, parameters },
    })),
  };
}

function formatOf(
  { model, response_format: format, system, tools = [] }: ModelRequest,
  notices: Notice[],
) {
  if (format === undefined || format.type === "text") return { format: {}, system };
  // JSON mode answers at once; tools are for streams. Both together are told in words.
  if (fits(CAN.json_schema, model) && tools.length === 0)
    return {
      format: {
        response_format:
          format.type === "json_schema"
            ? { type: "json_schema", json_schema: format.schema }
            : { type: "json_object" },
      },
      system,
    };
  notices.push(
    adjusted("response_format", `${model} is not held to JSON; it was told the form in words.`, {
      asked: format.type,
      used: "text",
    }),
  );
  return { format: {}, system: withInstruction(system, inWords(format)) };
}

function convert(request: ModelRequest): object[] {
  const messages = userFirst(nameless(messagesOf(request)));
  const { model } = request;
  refuseImages(messages, fits(CAN.images, model) ? "data" : "none", WORKERS_AI.id, model);
  return messages.map((message): object => {
    switch (message.role) {
      case "user":
        return { role: "user", content: userContent(message, model) };
      case "assistant":
        return assistant(message);
      case "tool":
        return {
          role: "tool",
          tool_call_id: message.tool_call_id,
          content: message.content,
        };
    }
  });
}

function assistant({ content, tool_calls }: Extract<ModelMessage, { role: "assistant" }>): object {
  if (tool_calls === undefined) return { role: "assistant", content };
  return {
    role: "assistant",
    content,
    tool_calls: tool_calls.map(({ id, name, arguments: json }) => ({
      id,
      type: "function",
      function: { name, arguments: json },
    })),
  };
}

function userContent(
  message: Extract<ModelMessage, { role: "user" }>,
  model: string,
): string | object[] {
  if ((message.images ?? []).length === 0) return message.content;
  return inOrder(message).map((piece) => {
    if (piece.type === "text") return piece;
    dataOf(piece.picture, WORKERS_AI.id, model);
    return { type: "image_url", image_url: { url: piece.picture.url } };
  });
}
