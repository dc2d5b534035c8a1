// A conversation that does not exist yet: its first message makes it.
import { useState } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { createConversation } from "./api.ts";
import { Composer } from "./composer.tsx";
import { sentenceOf } from "./http.ts";
import { unsent, writeOutbox } from "./outbox.ts";
import { Problem } from "./problem.tsx";
import { t } from "./strings/translate.ts";
import { useWritten } from "./use-written.ts";

export function NewThread({ onMade }: { onMade: (conversation: ConversationDetail) => void }) {
  const { draft, setDraft } = useWritten(null);
  const [making, setMaking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const start = async (text: string) => {
    setMaking(true);
    setProblem(null);
    try {
      const conversation = await createConversation();
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
      />
    </>
  );
}
