// A request as a whole → the body of Anthropic's Messages API, and what it leaves of what was asked for.
import type Anthropic from "@anthropic-ai/sdk";
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import { convertMessages } from "./convert-messages.ts";
import { prepareSettings } from "./prepare-settings.ts";
import { prepareFormat, prepareTools } from "./prepare-tools.ts";

/** @throws {ProviderError} `invalid_request` for a picture that cannot be sent */
export function prepareRequest(request: ModelRequest): {
  body: Anthropic.MessageCreateParamsStreaming;
  notices: Notice[];
} {
  const settings = prepareSettings(request);
  const tools = prepareTools(request);
  const format = prepareFormat(request);
  const body = {
    model: request.model,
    messages: convertMessages(request),
    ...systemOf(request, format.system),
    ...settings.parameters,
    ...tools.parameters,
    ...format.parameters,
    stream: true as const,
  };
  return { body, notices: [...settings.notices, ...tools.notices, ...format.notices] };
}

/** Cached where it will be asked for again: see convert-messages.ts. */
function systemOf(
  { purpose }: ModelRequest,
  system: string | undefined,
): Pick<Anthropic.MessageCreateParams, "system"> {
  if (system === undefined || system.trim() === "") return {};
  if (purpose !== "chat") return { system };
  return { system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }] };
}
