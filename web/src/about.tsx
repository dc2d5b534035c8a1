// About a conversation: its title, its tags, whether it is pinned or over, what it remembers, what it
// used, and the way out of here with it.
import { useCallback, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { readMemory } from "./api.ts";
import { Download } from "./download.tsx";
import { PenIcon } from "./icons.tsx";
import { Modal } from "./modal.tsx";
import { Problem } from "./problem.tsx";
import { Remembered } from "./remembered.tsx";
import { t } from "./strings/translate.ts";
import { Tags } from "./tags.tsx";
import { TitleField } from "./title-field.tsx";
import type { ConversationList } from "./use-conversation-list.ts";
import { useLoaded } from "./use-loaded.ts";

type Props = { conversation: Conversation; list: ConversationList; onClose: () => void };

export function About({ conversation, list, onClose }: Props) {
  const { id, title, tags, pinned, status, total_input_tokens, total_output_tokens } = conversation;
  const [renaming, setRenaming] = useState(false);
  const over = status === "completed" || status === "archived";
  const change: (change: Parameters<typeof list.change>[1]) => void = (it) =>
    void list.change(id, it); // shows its own failure

  return (
    <Modal title={t("about.title")} className="settings about" onClose={onClose}>
      <section>
        <Problem text={list.problem} onDismiss={list.dismissProblem} />
        {renaming ? (
          <TitleField
            title={title}
            onRename={(seen, text) => list.rename(id, seen, text)}
            onDone={() => setRenaming(false)}
          />
        ) : (
          <div className="named">
            <strong dir="auto">{title ?? t("list.untitled")}</strong>
            <button
              className="icon"
              aria-label={t("list.rename", { title: title ?? t("list.untitled") })}
              onClick={() => setRenaming(true)}
            >
              <PenIcon />
            </button>
          </div>
        )}
        <Tags tags={tags} onChange={(them) => change({ tags: [...them] })} />
        <div className="submit">
          <button aria-pressed={pinned} onClick={() => change({ pinned: !pinned })}>
            {t(pinned ? "about.unpin" : "about.pin")}
          </button>
          {status !== "archived" && (
            <button onClick={() => change({ status: over ? "active" : "completed" })}>
              {t(over ? "closed.reopen" : "about.complete")}
            </button>
          )}
        </div>
        {over && <p className="aside">{t(`about.${status}`)}</p>}
      </section>
      <Memory id={id} />
      <section>
        <h3>{t("about.tokens")}</h3>
        <p>
          {t("about.tokens.text", {
            input: total_input_tokens.toLocaleString(),
            output: total_output_tokens.toLocaleString(),
          })}
        </p>
      </section>
      <section>
        <h3>{t("about.export")}</h3>
        <div className="submit">
          <Download path={`/conversations/${id}/export?format=markdown`}>
            {t("export.markdown")}
          </Download>
          <Download path={`/conversations/${id}/export?format=json`}>{t("export.json")}</Download>
        </div>
      </section>
    </Modal>
  );
}

function Memory({ id }: { id: string }) {
  const load = useCallback(() => readMemory(id), [id]);
  const { loaded, problem } = useLoaded(load);
  return (
    <section>
      <h3>{t("memory.title")}</h3>
      {problem !== null && <p className="wrong">{problem}</p>}
      {loaded !== null && <Remembered remembered={loaded} />}
    </section>
  );
}
