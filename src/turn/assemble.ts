// System prompt, history and message become one request that any adapter can send.
import { AppError } from "../errors.ts";
import type { Caching } from "../llm/answer.ts";
import { normalise } from "../llm/normalise.ts";
import type { ModelMessage, ModelRequest } from "../llm/provider.ts";
import type { Part } from "../protocol/message.ts";
import { asked } from "./history.ts";
import type { Node, TurnServices, TurnSink, TurnState } from "./state.ts";
import { systemOf } from "./system.ts";
import { withReading } from "./understand.ts";

/** Tokens: an answer that is cut off below this surprises, though nobody asked for a length. */
const SHORT_ANSWER = 256;

export const assemble: Node = (state, services, sink) => {
  if (state.choice === null)
    throw new AppError("INTERNAL_ERROR", "assemble came before preprocess");
  const shown = state.examples.flatMap(({ user, assistant }): ModelMessage[] => [
    { role: "user", content: user },
    { role: "assistant", content: assistant },
  ]);
  const messages =
    state.messages === null
      ? normalise([...shown, ...state.history, ...questionOf(state)], "dropped")
      : normalise([...shown, ...state.messages], "kept");
  requireQuestion(messages, state.messages !== null);
  return {
    ...state,
    caching: cachingOf(state, services),
    request: {
      purpose: "chat",
      model: state.choice.model,
      system: systemOf(state, services),
      messages,
      ...bounded(state, services, sink),
      tools: state.tools,
      tool_choice: state.tool_choice,
      parallel_tool_calls: state.parallel_tool_calls,
      response_format: state.response_format,
      continues: state.continues,
    },
  };
};

/** What is asked, in its parts, and how it reads on its own. */
function questionOf({ text, parts, learnt }: TurnState): ModelMessage[] {
  const said: readonly Part[] = parts.length > 0 || text === "" ? parts : [{ type: "text", text }];
  const reading = withReading("", learnt.metadata);
  return asked(reading === "" ? said : [...said, { type: "text", text: reading }]);
}

/** Without what was asked, there would be an answer to something else. @throws {AppError} VALIDATION_ERROR */
function requireQuestion(messages: readonly ModelMessage[], brought: boolean): void {
  const last = messages.at(-1);
  if (last !== undefined && last.role !== "assistant") return;
  if (brought)
    throw new AppError(
      "VALIDATION_ERROR",
      "messages: should not end with a message that says nothing",
      { field: "messages" },
    );
  throw new AppError(
    "VALIDATION_ERROR",
    "message: is nothing that could be answered: the calls whose results it brings are not there any more. Say it in words.",
    { field: "message" },
  );
}

/**
 * What was said before, what is remembered of a person and what is asked anew are nobody else's, and no
 * question that is asked twice.
 */
function cachingOf(
  { messages, history, recalled, learnt, again, continues, cache, tenant_id, found }: TurnState,
  { keeps }: TurnServices,
): Caching | null {
  if (cache === "off" || again || continues !== undefined) return null;
  const whose = { tenant_id, knowledge: found?.scope ?? [] };
  const stateless = messages !== null;
  const isPrivate = history.length > 0 || recalled.length > 0 || "read_as" in learnt.metadata;
  if (!stateless && isPrivate) return null;
  const { semantic } = keeps;
  if (keeps.exact === "off") return semantic ? { ...whose, exact: "off", semantic } : null;
  const always = cache === "on" || keeps.exact === "all" || stateless;
  return { ...whose, exact: always ? "always" : "in_need", semantic };
}

/** No answer is asked for that is longer than the context has room for; who asked for one is told. */
function bounded(
  { settings, answerMost, choice }: TurnState,
  { defaults }: TurnServices,
  sink: TurnSink,
): Pick<ModelRequest, "settings" | "defaults"> {
  const wanted = settings.max_tokens ?? defaults.max_tokens;
  if (wanted <= answerMost) return { settings, defaults };
  if ((settings.max_tokens !== undefined || answerMost < SHORT_ANSWER) && !toldOfLength(sink))
    sink.emit({
      type: "notice",
      notice: {
        code: "adjusted_parameter",
        message: `Beside what it reads, ${choice?.model ?? "the model"} has room for an answer of ${answerMost} tokens; max_tokens was lowered from ${wanted}.`,
        details: { parameter: "max_tokens", asked: wanted, used: answerMost },
      },
    });
  return settings.max_tokens === undefined
    ? { settings, defaults: { ...defaults, max_tokens: answerMost } }
    : { settings: { ...settings, max_tokens: answerMost }, defaults };
}

/** A recovered turn does not repeat itself. */
function toldOfLength({ transcript }: TurnSink): boolean {
  return transcript.notices.some(
    ({ code, details }) => code === "adjusted_parameter" && details?.["parameter"] === "max_tokens",
  );
}
