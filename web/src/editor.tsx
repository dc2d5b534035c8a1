// Another version of a message, while it is written. Enter sends it as another branch; Escape leaves
// only what was not touched: what somebody wrote goes when they say so.
import { useEffect, useRef } from "react";
import { t } from "./strings/translate.ts";

export type Editing = {
  /** The message that this will be another version of. */
  id: string;
  before: string;
  text: string;
};

export const isTouched = (it: Editing | null): it is Editing =>
  it !== null && it.text !== it.before;

type Props = {
  editing: Editing;
  onText: (text: string) => void;
  /** Null while nothing can be sent. */
  onSend: (() => void) | null;
  onLeave: () => void;
};

export function Editor({ editing, onText, onSend, onLeave }: Props) {
  const { text } = editing;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  const sendable = onSend !== null && text.trim() !== "";
  const send = () => {
    if (sendable) onSend();
  };
  return (
    <form
      className="editor"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        value={text}
        dir="auto"
        maxLength={100_000}
        aria-label={t("editor.label")}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape" && !isTouched(editing)) {
            event.stopPropagation();
            onLeave();
          }
          if (event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          send();
        }}
      />
      <p className="aside">{t("editor.hint")}</p>
      <div className="choices">
        <button type="button" onClick={onLeave}>
          {t("editor.leave")}
        </button>
        <button type="submit" className="primary" disabled={!sendable}>
          {t("composer.send")}
        </button>
      </div>
    </form>
  );
}
