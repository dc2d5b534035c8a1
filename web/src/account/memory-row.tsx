// One memory: on or off, corrected, forgotten.
import { useState } from "react";
import { BinIcon, PenIcon } from "../icons.tsx";
import { t } from "../strings/translate.ts";
import { pathOf } from "../use-route.ts";
import type { changeMemory, Memory } from "./memory-calls.ts";

type Props = {
  memory: Memory;
  /** Both answer whether it went well. */
  onChange: (change: Parameters<typeof changeMemory>[1]) => Promise<boolean>;
  onDelete: () => Promise<boolean>;
};

export function MemoryRow({ memory: { text, enabled, source }, onChange, onDelete }: Props) {
  /** What it is changed to, while that is written. */
  const [draft, setDraft] = useState<string | null>(null);
  if (draft !== null) {
    const save = async () => {
      if (await onChange({ text: draft })) setDraft(null);
    };
    return (
      <li>
        <form
          className="add"
          onSubmit={(event) => {
            event.preventDefault();
            if (draft.trim() !== "") void save(); // its owner shows a failure
          }}
        >
          <input
            value={draft}
            maxLength={500}
            dir="auto"
            autoFocus
            aria-label={t("memories.edit.label")}
            onChange={(event) => setDraft(event.target.value)}
          />
          <button type="submit">{t("profile.submit")}</button>
          <button type="button" onClick={() => setDraft(null)}>
            {t("editor.leave")}
          </button>
        </form>
      </li>
    );
  }
  return (
    <li data-off={!enabled}>
      <input
        type="checkbox"
        role="switch"
        checked={enabled}
        aria-label={t("memories.use", { text })}
        onChange={
          (event) => void onChange({ enabled: event.target.checked }) // its owner shows a failure
        }
      />
      <div>
        <span dir="auto">{text}</span>{" "}
        {source !== null && (
          <a className="aside" href={pathOf(source.conversation_id, source.message_id)}>
            {t("memories.source")}
          </a>
        )}
      </div>
      <button
        className="icon"
        aria-label={t("memories.edit", { text })}
        onClick={() => setDraft(text)}
      >
        <PenIcon />
      </button>
      <button
        className="icon"
        aria-label={t("memories.delete", { text })}
        onClick={() => void onDelete() /* its owner shows a failure */}
      >
        <BinIcon />
      </button>
    </li>
  );
}
