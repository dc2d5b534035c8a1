// An open conversation: its messages, the answer being written, and the composer.
import { useCallback, useMemo, useRef, useState } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Closed } from "./closed.tsx";
import { type Answering as Chosen, forkConversation } from "./api.ts";
import { Composer } from "./composer.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { Editor, isTouched } from "./editor.tsx";
import { entriesOf } from "./entries.ts";
import { shownLive } from "./conversation-state.ts";
import { sentenceOf } from "./http.ts";
import { edgewise } from "./request.ts";
import { Gone } from "./gone.tsx";
import { DownIcon } from "./icons.tsx";
import { Answering } from "./knowledge/answering.tsx";
import { Problem } from "./problem.tsx";
import { t } from "./strings/translate.ts";
import { ThreadLog } from "./thread-log.tsx";
import { useConversation } from "./use-conversation.ts";
import { useMessageActs } from "./use-message-acts.ts";
import type { Target } from "./use-route.ts";
import { useScroll } from "./use-scroll.ts";
import { useTarget } from "./use-target.ts";
import { useWritten } from "./use-written.ts";

type Props = {
  id: string;
  /** The message to show first; null for the end. */
  target: Target | null;
  onChange: (conversation: ConversationDetail) => void;
  onFork: (conversation: ConversationDetail) => void;
};

export function Thread({ id, target, onChange, onFork }: Props) {
  const { state, session } = useConversation(id, onChange);
  const { draft, setDraft, editing, setEditing } = useWritten(id);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** How it is to be answered, until that is kept. */
  const [choosing, setChoosing] = useState<Chosen | null>(null);
  /** One is kept after the other: the last one stands. */
  const choices = useRef(Promise.resolve());
  const entries = useMemo(() => entriesOf(state), [state]);

  const earlier = useCallback(async () => {
    setLoading(true);
    await session.current?.earlier();
    setLoading(false);
  }, [session]);
  const { scroller, content, atBottom, toBottom, hold, show } = useScroll(entries[0]?.key, () => {
    if (!loading && state.first > 0) void earlier(); // shows its own failure
  });
  useTarget(target, { session, content, show });

  const { conversation } = state;
  const running = shownLive(state);
  /** A turn that runs on a branch that is not shown here. */
  const beside = (conversation?.running_turn_id ?? null) !== null && running.length === 0;
  const waiting = state.unsent.some(({ failure }) => failure === null);
  const closed = conversation?.status === "completed" || conversation?.status === "archived";
  const ready = state.phase === "ready" && running.length === 0 && !beside && !waiting;
  const idle = ready && !closed;
  const stoppable = running.some(({ stopping }) => !stopping) || beside;

  /** Shows its own failure. */
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      setProblem(null);
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };
  const choose = (answering: Chosen) => {
    setChoosing(answering);
    const keep = async () => {
      await attempt(async () =>
        session.current?.take(await edgewise.conversations.update(id, answering)),
      );
      setChoosing((it) => (it === answering ? null : it));
    };
    choices.current = choices.current.then(keep); // shows its own failure
  };
  const fork = (message?: string) =>
    void attempt(async () => onFork(await forkConversation(id, message)));
  /** What is being written is not thrown away for another. */
  const free = !isTouched(editing);
  const edit = (message: Message) => {
    const { content: before } = message;
    if (free) setEditing({ id: message.id, before, text: before });
  };
  const { acts, erasing, setErasing } = useMessageActs(session, { idle, closed }, hold, edit, fork);
  const say = (text: string, instead?: { id: string }) => {
    session.current?.say(text, instead);
    toBottom();
  };

  if (state.phase === "gone")
    return (
      <Gone unsent={state.unsent} edit={isTouched(editing) ? editing.text : ""} draft={draft} />
    );

  const editor = editing !== null && (
    <Editor
      key={editing.id}
      editing={editing}
      onText={(text) => setEditing({ ...editing, text })}
      onSend={
        idle
          ? () => {
              setEditing(null);
              say(editing.text, { id: editing.id });
            }
          : null
      }
      onLeave={() => setEditing(null)}
    />
  );
  const lost = editing !== null && state.messages.every(({ id: it }) => it !== editing.id);
  /** Its message is not among what is shown: what is written stays in sight. */
  const adrift = lost && state.phase === "ready" ? editing : null;
  const writes = draft.trim() !== "" || editing !== null;

  return (
    <>
      <div className="scroller" ref={scroller} tabIndex={0}>
        <ThreadLog
          ref={content}
          state={state}
          entries={entries}
          acts={acts}
          loading={loading}
          onEarlier={() => void earlier() /* shows its own failure */}
          editing={adrift === null ? editing : null}
          editor={editor}
          onRetry={(key) => session.current?.retry(key)}
          onTakeBack={({ key, text, instead }) => {
            if (instead === undefined) setDraft(draft === "" ? text : `${draft}\n${text}`);
            else if (!free) return;
            else setEditing({ id: instead.id, before: "", text });
            session.current?.withdraw(key);
          }}
        />
      </div>
      <div className="foot">
        {!atBottom && (
          <button className="latest icon" aria-label={t("thread.latest")} onClick={toBottom}>
            <DownIcon />
          </button>
        )}
        <p className="link" role="status">
          {state.link === "waiting" ? t("link.waiting") : beside && t("thread.beside")}
        </p>
        <Problem text={state.problem} onDismiss={() => session.current?.dismissProblem()} />
        <Problem text={problem} onDismiss={() => setProblem(null)} />
        {state.elsewhere && writes && (
          <div className="elsewhere" role="status">
            <span>{t("thread.elsewhere")}</span>
            <button onClick={() => session.current?.looked()}>{t("thread.elsewhere.seen")}</button>
          </div>
        )}
        {adrift !== null && (
          <div className="adrift">
            <p className="aside">
              {t("editor.adrift")}{" "}
              <button
                className="plain"
                onClick={() => {
                  hold();
                  void session.current?.reveal(adrift.id); // shows its own failure
                }}
              >
                {t("editor.adrift.show")}
              </button>
            </p>
            {editor}
          </div>
        )}
        {closed && conversation !== null && (
          <Closed
            conversation={conversation}
            onReopen={() =>
              void attempt(async () =>
                session.current?.take(
                  await edgewise.conversations.update(id, { status: "active" }),
                ),
              )
            }
            onFork={() => fork()}
          />
        )}
        {(!closed || draft.trim() !== "") && (
          <Composer
            draft={draft}
            onDraft={(text) => {
              if (!writes) session.current?.looked();
              setDraft(text);
            }}
            onSend={
              // What is said next is to be answered as was chosen.
              idle && choosing === null
                ? (text) => {
                    setDraft("");
                    say(text);
                  }
                : null
            }
            onStop={stoppable ? () => session.current?.stop() : null}
          >
            {conversation !== null && (
              <Answering answering={choosing ?? conversation} onChange={choose} />
            )}
          </Composer>
        )}
      </div>
      {erasing !== null && (
        <DeleteDialog
          title={t("message.delete.title")}
          text={t("message.delete.text")}
          onConfirm={() => {
            void session.current?.erase(erasing.id); // shows its own failure
            setErasing(null);
          }}
          onClose={() => setErasing(null)}
        />
      )}
    </>
  );
}
