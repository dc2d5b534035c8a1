// The messages of a thread, from top to bottom.
import type { ReactNode, Ref } from "react";
import { Answer, NO_SOURCES } from "./answer.tsx";
import { Archived } from "./closed.tsx";
import type { ConversationState } from "./conversation-state.ts";
import type { Editing } from "./editor.tsx";
import type { Entry } from "./entries.ts";
import type { Unsent } from "./outbox.ts";
import { Question, UnsentQuestion } from "./question.tsx";
import { t } from "./strings/translate.ts";
import type { MessageActs } from "./use-message-acts.ts";

type Props = {
  ref: Ref<HTMLDivElement>;
  state: ConversationState;
  entries: readonly Entry[];
  acts: MessageActs;
  loading: boolean;
  onEarlier: () => void;
  editing: Editing | null;
  /** Stands in place of the message that is edited. */
  editor: ReactNode;
  onRetry: (key: string) => void;
  /** A message that was refused goes back to where it was written. */
  onTakeBack: (unsent: Unsent) => void;
};

export function ThreadLog(props: Props) {
  const { ref, state, entries, acts, loading, onEarlier } = props;
  const { phase, first, conversation } = state;
  return (
    <div className="thread" ref={ref} role="log" aria-live="polite" aria-label={t("thread.label")}>
      {phase === "loading" && entries.length === 0 && (
        <p className="quiet">{t("thread.loading")}</p>
      )}
      {phase === "ready" && first > 0 && (
        <div className="earlier">
          <button disabled={loading} onClick={onEarlier}>
            {t(loading ? "thread.loading" : "thread.earlier")}
          </button>
        </div>
      )}
      {conversation?.status === "archived" && <Archived id={conversation.id} />}
      {entries.map((entry) => {
        const { key } = entry;
        switch (entry.kind) {
          case "question": {
            const { message, answered } = entry;
            const askable = acts.idle && !answered;
            return (
              <Question
                key={key}
                entry={key}
                message={message}
                acts={acts}
                editor={props.editing?.id === message.id ? props.editor : null}
                onAsk={askable ? () => acts.regenerate(message.id) : null}
              />
            );
          }
          case "answer":
            return (
              <Answer
                key={key}
                entry={key}
                answer={entry.answer}
                sources={state.sources[entry.answer.turn_id] ?? NO_SOURCES}
                acts={acts}
              />
            );
          case "unsent":
            return (
              <UnsentQuestion
                key={key}
                entry={key}
                unsent={entry.unsent}
                onRetry={() => props.onRetry(entry.unsent.key)}
                onEdit={() => props.onTakeBack(entry.unsent)}
              />
            );
        }
      })}
    </div>
  );
}
