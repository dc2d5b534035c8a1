// An answer, while it is written and after: its text, how it ended, who wrote it, and what the
// reader should know about it.
import { memo, useDeferredValue, useMemo, useState } from "react";
import type { Source } from "../../src/protocol/knowledge.ts";
import type { Message, Notice } from "../../src/protocol/message.ts";
import type { ToolCall } from "../../src/protocol/tool.ts";
import { Calls } from "./beside.tsx";
import type { LiveAnswer } from "./conversation-state.ts";
import { Comment, Rate } from "./feedback.tsx";
import { AgainIcon } from "./icons.tsx";
import { type Cites, CitesContext } from "./knowledge/cited.tsx";
import { type Passage, passagesIn, passagesOf, type Quote } from "./knowledge/passages.ts";
import { SourceDialog } from "./knowledge/source-dialog.tsx";
import { Sources } from "./knowledge/sources.tsx";
import { Markdown } from "./markdown.tsx";
import { MessageTools, Tool } from "./message-tools.tsx";
import { t } from "./strings/translate.ts";
import type { MessageActs } from "./use-message-acts.ts";
import { Versions } from "./versions.tsx";

type Props = {
  entry: string;
  answer: Message | LiveAnswer;
  /** What documents were heard to say for it. */
  sources: readonly Source[];
  acts: MessageActs;
};

/** Always the same one: what is not there changes nothing. */
export const NO_SOURCES: readonly Source[] = [];

export function Answer({ entry, answer, sources, acts }: Props) {
  const { text, reasoning, calls, notices, status, model, failure } = viewOf(answer);
  const running = status === "queued" || status === "running";
  const [opened, setOpened] = useState<{ passage: Passage; quote: Quote | null } | null>(null);
  const message = "role" in answer ? answer : null;
  // Not with every token: what is cited stays the same while the text grows.
  const cites = useMemo(
    (): Cites => ({
      passages: message === null ? passagesOf(sources) : passagesIn(message, sources),
      open: (passage, quote) => setOpened({ passage, quote }),
    }),
    [message, sources],
  );
  return (
    <article
      className="answer"
      data-entry={entry}
      data-message={"role" in answer ? answer.id : answer.message_id}
      data-status={status}
      aria-label={t("message.answer")}
      aria-busy={running}
    >
      {reasoning !== "" && (
        <details className="reasoning">
          <summary>{t("answer.reasoning")}</summary>
          <div dir="auto">{reasoning}</div>
        </details>
      )}
      {text !== "" && (
        <CitesContext value={cites}>
          <Text text={text} />
        </CitesContext>
      )}
      <Calls calls={calls} />
      {running && text === "" && (
        <p className="thinking">{t(status === "queued" ? "answer.queued" : "answer.thinking")}</p>
      )}
      {status !== "deleted" && <Sources {...cites} running={running} />}
      {status === "failed" && (
        <p className="meta failed">
          <span dir="auto">{failure ?? t("answer.failed")}</span>{" "}
          {"role" in answer && acts.idle && (
            <button onClick={() => acts.regenerate(answer.id)}>{t("message.retry")}</button>
          )}
        </p>
      )}
      {(status === "stopped" || model !== null) && (
        <p className="meta">
          {status === "stopped" && <strong>{t("answer.stopped")}</strong>}
          {model !== null && <span>{model}</span>}
        </p>
      )}
      <Notices notices={notices} />
      {"role" in answer && <Ended answer={answer} acts={acts} />}
      {opened !== null && <SourceDialog {...opened} onClose={() => setOpened(null)} />}
    </article>
  );
}

/** What can be done with an answer that has ended. */
function Ended({ answer, acts }: { answer: Message; acts: MessageActs }) {
  const { id, status, feedback } = answer;
  if (status === "deleted")
    return (
      <>
        <p className="meta deleted">{t("message.deleted")}</p>
        <div className="tools">
          <Versions message={answer} onChoose={acts.activate} />
        </div>
      </>
    );
  const rate = (given: Message["feedback"]) => acts.rate(id, given);
  return (
    <>
      <MessageTools message={answer} acts={acts}>
        {!acts.closed && (
          <Tool label={t("answer.again")} disabled={!acts.idle} onClick={() => acts.regenerate(id)}>
            <AgainIcon />
          </Tool>
        )}
        <Rate given={feedback} onRate={rate} />
      </MessageTools>
      {feedback !== null && (
        <Comment key={`${id} ${feedback.rating}`} given={feedback} onRate={rate} />
      )}
    </>
  );
}

/** Reading Markdown again for every token may lag behind the tokens, and never holds them up. */
const Text = memo(function Text({ text }: { text: string }) {
  const shown = useDeferredValue(text);
  return <Markdown text={shown} />;
});

function Notices({ notices }: { notices: readonly Notice[] }) {
  if (notices.length === 0) return null;
  return (
    <ul className="notices" aria-label={t("answer.notices")}>
      {notices.map(({ code, message, offset }) => (
        <li key={`${code} ${offset ?? ""} ${message}`} data-code={code} dir="auto">
          {message}
        </li>
      ))}
    </ul>
  );
}

type View = {
  text: string;
  reasoning: string;
  calls: readonly ToolCall[];
  notices: readonly Notice[];
  status: "queued" | "running" | "completed" | "stopped" | "failed" | "deleted";
  /** Who wrote it, where that is known. */
  model: string | null;
  /** Why it failed, where that is known. */
  failure: string | null;
};

function viewOf(answer: Message | LiveAnswer): View {
  if (!("role" in answer)) {
    const { transcript, preview, started } = answer;
    const behind = preview.startsWith(transcript.text);
    return {
      text: behind ? preview : transcript.text,
      reasoning: transcript.reasoning,
      calls: transcript.tool_calls,
      notices: transcript.notices,
      status: started ? "running" : "queued",
      model: null,
      failure: null,
    };
  }
  const { content, parts, notices, provider, model } = answer;
  return {
    text: content,
    reasoning: parts.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
    calls: parts.filter((part) => part.type === "tool_call"),
    notices,
    status: endOf(answer),
    model: provider === "embedded" ? t("answer.embedded") : model,
    failure: failureIn(answer),
  };
}

/** The sentence that a failed message keeps of its error. */
function failureIn({ metadata }: Message): string | null {
  const { error } = metadata;
  const says = typeof error === "object" && error !== null && "message" in error;
  return says && typeof error.message === "string" ? error.message : null;
}

function endOf({ finish_reason, status }: Message): View["status"] {
  if (status === "deleted") return "deleted";
  if (finish_reason === "cancelled") return "stopped";
  return status === "completed" ? "completed" : "failed";
}
