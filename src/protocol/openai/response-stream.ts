// A response as it is written: OpenAI's events with their sequence numbers. The whole response closes it.
// https://platform.openai.com/docs/api-reference/responses-streaming
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import type { Failure } from "../../errors.ts";
import { isClosing, type ClosingEvent, type TurnEvent } from "../events.ts";
import type { Encoder } from "../sse.ts";
import { callsOf, isRefusal, shortfallOf, TAKEN_BACK } from "./chat-answer.ts";
import { ForwardText } from "./forward.ts";
import {
  callItem,
  partOf,
  responseBegun,
  responseFrom,
  type ResponseHead,
  textItem,
  type WireResponse,
} from "./response.ts";

export type ResponseFormat = { name: "openai-response"; head: ResponseHead };

type Unnumbered<E> = E extends { response: unknown }
  ? Omit<E, "sequence_number" | "response"> & { response: WireResponse }
  : Omit<E, "sequence_number">;
type Event = Unnumbered<ResponseStreamEvent>;

/** One reader's events: their numbers are theirs. */
export function responseEncoder({ head }: ResponseFormat): Encoder {
  const said = new ForwardText();
  let sequence_number = 0;
  let begun = false;
  let saying = false;
  let refused = false;
  let ended = false;

  const tell = (event: Event) =>
    `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: sequence_number++ })}\n\n`;
  const begin = (turn_id: string) => {
    if (begun) return "";
    begun = true;
    const response = responseBegun(head, turn_id);
    return (
      tell({ type: "response.created", response }) +
      tell({ type: "response.in_progress", response })
    );
  };
  const say = ({ turn_id }: TurnEvent, delta: string) => {
    if (delta === "") return "";
    const at = { item_id: itemOf(turn_id).id, output_index: 0, content_index: 0 };
    const opening = saying ? "" : open(turn_id);
    return (
      opening +
      (refused
        ? tell({ type: "response.refusal.delta", ...at, delta })
        : tell({ type: "response.output_text.delta", ...at, delta, logprobs: [] }))
    );
  };
  const itemOf = (turn_id: string) => textItem(turn_id, partOf("", refused), false);
  const open = (turn_id: string) => {
    saying = true;
    const item = { ...itemOf(turn_id), content: [], status: "in_progress" as const };
    const part = partOf("", refused);
    return (
      tell({ type: "response.output_item.added", output_index: 0, item }) +
      tell({
        type: "response.content_part.added",
        item_id: item.id,
        output_index: 0,
        content_index: 0,
        part,
      })
    );
  };
  const fail = (event: ClosingEvent, failure: Failure) => {
    ended = true;
    return tell({ type: "response.failed", response: responseFrom(event, head, failure) });
  };

  const finishText = ({ turn_id, message }: ClosingEvent, whole: boolean) => {
    const { content: text } = message;
    const part = partOf(text, refused);
    const item = textItem(turn_id, part, whole);
    const at = { item_id: item.id, output_index: 0, content_index: 0 };
    return (
      (saying ? "" : open(turn_id)) +
      (refused
        ? tell({ type: "response.refusal.done", ...at, refusal: text })
        : tell({ type: "response.output_text.done", ...at, text, logprobs: [] })) +
      tell({ type: "response.content_part.done", ...at, part }) +
      tell({ type: "response.output_item.done", output_index: 0, item })
    );
  };
  /** All of an answer's calls come right before its end, so they are told there. */
  const calls = ({ turn_id, message }: ClosingEvent, first: number) =>
    callsOf(message)
      .map((call, index) => {
        const item = callItem(turn_id, call, index);
        const at = { output_index: first + index, item_id: item.id };
        const { output_index } = at;
        const started = { ...item, arguments: "", status: "in_progress" as const };
        const { arguments: json } = call;
        return (
          tell({ type: "response.output_item.added", output_index, item: started }) +
          tell({ type: "response.function_call_arguments.delta", ...at, delta: json }) +
          tell({ type: "response.function_call_arguments.done", ...at, arguments: json }) +
          tell({ type: "response.output_item.done", output_index, item })
        );
      })
      .join("");

  const close = (event: ClosingEvent): string => {
    const opening = begin(event.turn_id);
    const failure = shortfallOf(event);
    if (failure !== null) return opening + fail(event, failure);
    refused ||= isRefusal(event.message);
    const rest = say(event, said.end(event.message.content));
    if (said.broken) return opening + fail(event, TAKEN_BACK);
    const response = responseFrom(event, head);
    const whole = response.status === "completed";
    const [first] = response.output;
    const text = first?.type === "message" ? finishText(event, whole) : "";
    const called = calls(event, text === "" ? 0 : 1);
    ended = true;
    const type = whole ? "response.completed" : "response.incomplete";
    return opening + rest + text + called + tell({ type, response });
  };

  return (event) => {
    if (ended) return "";
    if (isClosing(event)) return close(event);
    switch (event.type) {
      case "turn.started":
        return begin(event.turn_id);
      case "text.delta":
        return begin(event.turn_id) + say(event, said.append(event.text));
      case "text.rewound":
        said.rewind(event.offset);
        return "";
      case "sources.found":
        said.cites(event.sources.map(({ number }) => number));
        return "";
      case "notice":
        refused ||= event.notice.code === "refused";
        return "";
      case "turn.queued":
      case "reasoning.delta":
      case "tool.called":
        return "";
    }
  };
}
