// A conversation that does not exist yet: its first message makes it.
import { useState } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { type Answering as Chosen, createConversation } from "./api.ts";
import { Composer } from "./composer.tsx";
import { sentenceOf } from "./http.ts";
import { readKept, writeKept } from "./kept.ts";
import { Answering } from "./knowledge/answering.tsx";
import { unsent, writeOutbox } from "./outbox.ts";
import { Problem } from "./problem.tsx";
import { t } from "./strings/translate.ts";
import { useWritten } from "./use-written.ts";

/** How the next new conversation is answered. */
const NEXT = "answering.new";
const UNSAID: Chosen = { use_rag: false, collections: null };

/** @param answering of the next new conversation, which may be opened now */
export const answerNextFrom = (answering: Chosen) => writeKept(NEXT, answering);

export function NewThread({ onMade }: { onMade: (conversation: ConversationDetail) => void }) {
  const { draft, setDraft } = useWritten(null);
  const [making, setMaking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [answering, setAnswering] = useState(() => readKept(NEXT, UNSAID));

  const start = async (text: string) => {
    setMaking(true);
    setProblem(null);
    try {
      const conversation = await createConversation(answering);
      writeOutbox(conversation.id, [unsent(text)]); // its thread sends what waits there
      setDraft("");
      onMade(conversation);
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
      setMaking(false);
    }
  };

  return (
    <>
      <div className="welcome">
        <h2>{t("thread.welcome")}</h2>
        <p className="quiet">{t("thread.welcome.text")}</p>
      </div>
      <Problem text={problem} onDismiss={() => setProblem(null)} />
      <Composer
        draft={draft}
        onDraft={setDraft}
        onSend={making ? null : (text) => void start(text) /* shows its own failure */}
        onStop={null}
      >
        <Answering
          answering={answering}
          onChange={(chosen) => {
            answerNextFrom(chosen);
            setAnswering(chosen);
          }}
        />
      </Composer>
    </>
  );
}
