// A request as a whole → the body that this vendor takes, and what it leaves of what was asked for.
import type OpenAI from "openai";
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import { convertMessages } from "./convert-messages.ts";
import { prepareSettings } from "./prepare-settings.ts";
import { prepareFormat, prepareTools } from "./prepare-tools.ts";
import type { ReachedVendor } from "./vendors.ts";

/** @throws {ProviderError} `invalid_request` for a picture that cannot be sent */
export function prepareRequest(
  vendor: ReachedVendor,
  request: ModelRequest,
): { body: OpenAI.ChatCompletionCreateParamsStreaming; notices: Notice[] } {
  const { traits } = vendor;
  const settings = prepareSettings(vendor, request);
  const tools = prepareTools(vendor, request);
  const format = prepareFormat(vendor, request);
  const unnamed = traits.unnamed === true && request.model === traits.defaultModel;
  const body = {
    model: unnamed ? "" : request.model,
    messages: convertMessages(vendor, request, format.system),
    ...settings.parameters,
    ...tools.parameters,
    ...format.parameters,
    ...(traits.stopsThinking === true && inTheWay(request)
      ? { thinking: { type: "disabled" } }
      : {}),
    ...(traits.streamOptions ? { stream_options: { include_usage: true } } : {}),
    stream: true as const,
  };
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- vendors know parameters that OpenAI does not
    body: body as OpenAI.ChatCompletionCreateParamsStreaming,
    notices: [...settings.notices, ...tools.notices, ...format.notices],
  };
}

/** Where thinking is in the way: see `stopsThinking`. */
function inTheWay({ purpose, messages, tool_choice }: ModelRequest): boolean {
  const forced = tool_choice !== undefined && tool_choice !== "auto" && tool_choice !== "none";
  return purpose !== "chat" || forced || messages.some(({ role }) => role === "tool");
}
