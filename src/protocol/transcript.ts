// The fold from events to text. The object that stores an answer and everyone who watches it run
// the same fold, which is why what they assemble is what is stored.
import type { TurnEvent, TurnEventBody } from "./events.ts";
import type { Source } from "./knowledge.ts";
import type { Notice } from "./message.ts";
import type { ToolCall } from "./tool.ts";

export type Transcript = {
  text: string;
  reasoning: string;
  tool_calls: ToolCall[];
  notices: Notice[];
  sources: Source[];
  /** How many text deltas there were: the `index` of the next one. */
  deltas: number;
};

export const emptyTranscript = (): Transcript => ({
  text: "",
  reasoning: "",
  tool_calls: [],
  notices: [],
  sources: [],
  deltas: 0,
});

/** Folds one event into `transcript`, in place: an answer is appended to thousands of times. */
export function applyEvent(transcript: Transcript, event: TurnEventBody | TurnEvent): void {
  switch (event.type) {
    case "text.delta":
      transcript.text += event.text;
      transcript.deltas = event.index + 1;
      break;
    case "text.rewound":
      transcript.text = transcript.text.slice(0, event.offset);
      break;
    case "reasoning.delta":
      transcript.reasoning += event.text;
      break;
    case "sources.found":
      transcript.sources = event.sources;
      break;
    case "tool.called":
      transcript.tool_calls.push(event.call);
      break;
    case "notice":
      transcript.notices.push(event.notice);
      break;
    case "turn.queued":
    case "turn.started":
    case "turn.completed":
    case "turn.failed":
    case "turn.cancelled":
      break;
  }
}
