// An answer as OpenAI's response object. Nothing is kept of it: there is no getting it again.
// https://platform.openai.com/docs/api-reference/responses/object
import type {
  Response,
  ResponseError,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseUsage,
} from "openai/resources/responses/responses";
import { z } from "zod";
import type { Failure } from "../../errors.ts";
import type { ClosingEvent } from "../events.ts";
import type { Message } from "../message.ts";
import type { ToolCall } from "../tool.ts";
import { callsOf, isRefusal, shortfallOf, usageOf } from "./chat-answer.ts";
import { openaiError } from "./errors.ts";
import { type Beside, besideOf, idOf, modelOf } from "./extension.ts";
import type { ResponsesBody } from "./responses-body.ts";

/** For the description of the API: what is in it is OpenAI's to say. */
export const responseSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.int(),
    status: z.string(),
    model: z.string(),
    output: z.array(z.looseObject({ type: z.string(), id: z.string() })),
    edgewise: z.looseObject({ turn_id: z.string() }),
  })
  .meta({ ref: "OpenaiResponse" });

/** What of a response its request says already. */
export type ResponseHead = Omit<
  Response,
  "id" | "output" | "output_text" | "status" | "error" | "incomplete_details" | "usage"
>;
export type WireResponse = Omit<Response, "output_text"> & { edgewise?: Beside };

/**
 * @param model who is asked
 * @param created in seconds
 */
export function headOf(body: ResponsesBody, model: string, created: number): ResponseHead {
  const { tools, tool_choice, text: shape } = body;
  const { format } = shape ?? {};
  return {
    access_programs: null,
    object: "response",
    created_at: created,
    background: false,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: Object.fromEntries(
      Object.entries(body.metadata ?? {}).filter((entry): entry is [string, string] =>
        isText(entry[1]),
      ),
    ),
    model,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    temperature: body.temperature ?? null,
    text: {
      format:
        format?.type === "json_schema"
          ? { ...format, schema: format.schema ?? {}, strict: format.strict ?? false }
          : (format ?? { type: "text" }),
    },
    tool_choice: tool_choice ?? "auto",
    tools: (tools ?? []).map(({ type, name, description, parameters, strict }) => ({
      type,
      name,
      description: description ?? null,
      parameters: parameters ?? null,
      strict: strict ?? null,
    })),
    top_p: body.top_p ?? null,
    truncation: "disabled",
  };
}

const isText = (value: unknown): value is string => typeof value === "string";

export function responseBegun(head: ResponseHead, turn_id: string): WireResponse {
  return {
    id: idOf("resp_", turn_id),
    ...head,
    status: "in_progress",
    error: null,
    incomplete_details: null,
    output: [],
  };
}

/** However it ended. @param failure where it is none by itself: what went wrong in telling it */
export function responseFrom(
  event: ClosingEvent,
  head: ResponseHead,
  failure: Failure | null = shortfallOf(event),
): WireResponse {
  const { message } = event;
  const { finish_reason } = message;
  const cut =
    failure === null && (finish_reason === "length" || finish_reason === "content_filter");
  return {
    ...responseBegun(head, message.turn_id),
    model: modelOf(message, head.model),
    status: failure === null ? (cut ? "incomplete" : "completed") : "failed",
    error: failure === null ? null : errorOf(failure),
    incomplete_details: cut
      ? { reason: finish_reason === "length" ? "max_output_tokens" : "content_filter" }
      : null,
    output: outputOf(message, failure === null && !cut),
    usage: responseUsage(message),
    edgewise: besideOf(message),
  };
}

function outputOf(message: Message, whole: boolean): ResponseOutputItem[] {
  const { content } = message;
  const calls = callsOf(message);
  const said =
    content === "" && calls.length > 0
      ? []
      : [textItem(message.turn_id, partOf(content, isRefusal(message)), whole)];
  return [...said, ...calls.map((call, at) => callItem(message.turn_id, call, at))];
}

type TextPart = ResponseOutputMessage["content"][number];

export function textItem(turn_id: string, part: TextPart, whole: boolean): ResponseOutputMessage {
  return {
    id: idOf("msg_", turn_id),
    type: "message",
    role: "assistant",
    status: whole ? "completed" : "incomplete",
    content: [part],
  };
}

/** @param refused whether a text is why there is no answer */
export const partOf = (text: string, refused: boolean): TextPart =>
  refused
    ? { type: "refusal", refusal: text }
    : { type: "output_text", text, annotations: [], logprobs: [] };

/** @param at counts the calls of an answer from 0 */
export function callItem(
  turn_id: string,
  { id, name, arguments: json }: ToolCall,
  at: number,
): ResponseFunctionToolCall & { id: string } {
  return {
    id: `${idOf("fc_", turn_id)}_${at}`,
    type: "function_call",
    status: "completed",
    call_id: id,
    name,
    arguments: json,
  };
}

function responseUsage({ tokens_used }: Message): ResponseUsage {
  const { prompt_tokens, completion_tokens, total_tokens } = usageOf(tokens_used);
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: tokens_used?.cached ?? 0, cache_write_tokens: 0 },
    output_tokens: completion_tokens,
    output_tokens_details: { reasoning_tokens: tokens_used?.reasoning ?? 0 },
    total_tokens,
  };
}

/** Its codes are few. */
function errorOf(failure: Failure): ResponseError {
  const { message, type, code } = openaiError(failure);
  if (code === "rate_limit_exceeded") return { code, message };
  return { code: type === "invalid_request_error" ? "invalid_prompt" : "server_error", message };
}
