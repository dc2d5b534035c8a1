// An open conversation: its messages, the answer being written, and the composer.
import { useCallback, useMemo, useState } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { Answer } from "./answer.tsx";
import { Composer } from "./composer.tsx";
import { entriesOf } from "./conversation-state.ts";
import { DownIcon } from "./icons.tsx";
import { Problem } from "./problem.tsx";
import { Question, UnsentQuestion } from "./question.tsx";
import { t } from "./strings/translate.ts";
import { useConversation } from "./use-conversation.ts";
import { useScroll } from "./use-scroll.ts";

type Props = { id: string; onChange: (conversation: ConversationDetail) => void };

export function Thread({ id, onChange }: Props) {
  const { state, session } = useConversation(id, onChange);
  const [draft, setDraft] = useState("");
  const [loading, setLoading] = useState(false);
  const entries = useMemo(() => entriesOf(state), [state]);

  const earlier = useCallback(async () => {
    setLoading(true);
    await session.current?.earlier();
    setLoading(false);
  }, [session]);
  const { scroller, content, atBottom, toBottom } = useScroll(entries[0]?.key, () => {
    if (!loading && state.first > 0) void earlier(); // shows its own failure
  });

  if (state.phase === "gone")
    return (
      <div className="welcome" role="status">
        <p>{t("thread.gone")}</p>
      </div>
    );

  const running = Object.values(state.live);
  const waiting = state.unsent.some(({ failure }) => failure === null);
  const idle = state.phase === "ready" && running.length === 0 && !waiting;
  const stoppable = running.some(({ stopping }) => !stopping);
  const say = (text: string) => {
    session.current?.say(text);
    toBottom();
  };
  const last = entries.at(-1)?.key;

  return (
    <>
      <div className="scroller" ref={scroller} tabIndex={0}>
        <div
          className="thread"
          ref={content}
          role="log"
          aria-live="polite"
          aria-label={t("thread.label")}
        >
          {state.phase === "loading" && entries.length === 0 && (
            <p className="quiet">{t("thread.loading")}</p>
          )}
          {state.phase === "ready" && state.first > 0 && (
            <div className="earlier">
              <button disabled={loading} onClick={() => void earlier() /* shows its own failure */}>
                {t(loading ? "thread.loading" : "thread.earlier")}
              </button>
            </div>
          )}
          {entries.map((entry) => {
            switch (entry.kind) {
              case "question":
                return <Question key={entry.key} entry={entry.key} text={entry.message.content} />;
              case "answer": {
                const { turn_id } = entry.answer;
                const question = state.messages.find(
                  (it) => it.turn_id === turn_id && it.role === "user",
                );
                const retriable = entry.key === last && idle && question !== undefined;
                return (
                  <Answer
                    key={entry.key}
                    entry={entry.key}
                    answer={entry.answer}
                    onRetry={retriable ? () => say(question.content) : undefined}
                  />
                );
              }
              case "unsent":
                return (
                  <UnsentQuestion
                    key={entry.key}
                    unsent={entry.unsent}
                    onRetry={() => session.current?.retry(entry.key)}
                    onEdit={() => {
                      setDraft(entry.unsent.text);
                      session.current?.withdraw(entry.key);
                    }}
                  />
                );
            }
          })}
        </div>
      </div>
      <div className="foot">
        {!atBottom && (
          <button className="latest icon" aria-label={t("thread.latest")} onClick={toBottom}>
            <DownIcon />
          </button>
        )}
        <p className="link" role="status">
          {state.link === "waiting" && t("link.waiting")}
        </p>
        <Problem text={state.problem} onDismiss={() => session.current?.dismissProblem()} />
        <Composer
          draft={draft}
          onDraft={setDraft}
          onSend={
            idle
              ? (text) => {
                  setDraft("");
                  say(text);
                }
              : null
          }
          onStop={stoppable ? () => session.current?.stop() : null}
        />
      </div>
    </>
  );
}
