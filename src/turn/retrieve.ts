// Looks up what documents say, where a turn is to be answered from them: found, numbered, told.
import { featuresOf } from "../llm/routing/features.ts";
import { BEFORE_ANSWERING, makeAsk } from "../memory/ask.ts";
import { resolveReferences } from "../memory/references.ts";
import { lastQuestion } from "./about.ts";
import { hasSaid, type Node, type TurnServices, type TurnSink, type TurnState } from "./state.ts";
import { newest } from "./understand.ts";

/** Messages that say what a message may refer to. */
const MOST_RECENT = 6;

export const retrieve: Node = async (state, services, sink, signal) => {
  const { knowledge, choice } = state;
  if (knowledge === null || choice === null) return state;
  // A recovered turn goes on from the sources that its answer cites already.
  if (sink.transcript.sources.length > 0)
    return withSources(state, { sources: sink.transcript.sources, scope: [] }, {});
  const question = lastQuestion(state);
  if (!asksForSomething(question)) return state;
  const ask = makeAsk({
    models: services.models,
    beside: choice,
    limit: BEFORE_ANSWERING,
    signal,
    meter: services.meter,
  });
  const read = state.learnt.metadata["read_as"];
  const found = await services.retrieve(
    {
      owner: { tenant_id: state.tenant_id, user_id: state.user_id },
      collections: knowledge.collections,
      query: typeof read === "string" ? read : question,
      // Whatever there is to read beside them: no more than a third of what the model reads at once.
      most: Math.min(
        state.sourcesMost,
        Math.floor(choice.provider.contextTokens(choice.model) / 3),
      ),
      ask,
      rewrite: (query) => rewritten(state, services, ask, query),
      meter: services.meter,
    },
    signal,
  );
  signal.throwIfAborted();
  tellOf(found.notices, sink);
  const { sources, scope, configuration, queries } = found;
  if (sources.length > 0) sink.emit({ type: "sources.found", sources });
  return withSources(state, { sources, scope }, { configuration, queries });
};

function withSources(
  state: TurnState,
  found: NonNullable<TurnState["found"]>,
  how: { configuration?: string; queries?: string[] },
): TurnState {
  const sources = found.sources.map(({ text: _text, pages: _pages, ...source }) => source);
  const { learnt } = state;
  const metadata = { ...learnt.metadata, retrieval: { ...how, sources } };
  return { ...state, found, learnt: { ...learnt, metadata } };
}

/** “Thanks!” is no question to documents. */
function asksForSomething(text: string): boolean {
  if (text.trim() === "") return false;
  const { smalltalk, agreement } = featuresOf({ text, tools: 0, images: 0, context_tokens: 0 });
  return !smalltalk && !agreement;
}

/** What only helps must not fail a turn: a question that cannot be rewritten stands as it is. */
async function rewritten(
  { messages }: TurnState,
  { memory }: TurnServices,
  ask: ReturnType<typeof makeAsk>,
  query: string,
): Promise<string> {
  const recent =
    memory === null
      ? (messages ?? [])
          .slice(0, -1)
          .flatMap(({ role, content }) => (role === "tool" ? [] : [{ role, content }]))
      : newest(memory.recent(), MOST_RECENT);
  return resolveReferences(ask, query, recent).catch(() => query);
}

function tellOf(notices: readonly string[], sink: TurnSink): void {
  if (notices.length === 0 || hasSaid(sink, "search_degraded")) return;
  sink.emit({
    type: "notice",
    notice: { code: "search_degraded", message: notices.join(" ") },
  });
}
