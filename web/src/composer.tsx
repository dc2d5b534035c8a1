// Where a message is written. Enter sends, Shift+Enter makes a new line; while an answer is being
// written the draft stays and the button stops the answer.
import { type ReactNode, useEffect, useId, useRef } from "react";
import { SendIcon, StopIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";

type Props = {
  draft: string;
  onDraft: (draft: string) => void;
  /** Null while nothing can be sent. */
  onSend: ((text: string) => void) | null;
  /** Null while there is nothing to stop. */
  onStop: (() => void) | null;
  /** How it is answered. */
  children: ReactNode;
};

export function Composer({ draft, onDraft, onSend, onStop, children }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const blank = draft.trim() === "";
  const focus = () => {
    // A keyboard that covers half the screen should come only when it is asked for.
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  };
  useEffect(focus, []);
  const send = () => {
    if (onSend === null || blank) return;
    onSend(draft);
    field.current?.focus();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="field">
        <textarea
          ref={field}
          rows={1}
          value={draft}
          dir="auto"
          aria-label={t("composer.label")}
          aria-describedby={hint}
          placeholder={t("composer.placeholder")}
          enterKeyHint="send"
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {onStop === null ? (
          <button
            type="submit"
            className="round"
            aria-label={t("composer.send")}
            disabled={blank || onSend === null}
          >
            <SendIcon />
          </button>
        ) : (
          <button
            type="button"
            className="round"
            aria-label={t("composer.stop")}
            onClick={() => {
              onStop();
              focus();
            }}
          >
            <StopIcon />
          </button>
        )}
      </div>
      <div className="below">
        {children}
        <p id={hint} className="hint">
          {t("composer.hint")}
        </p>
      </div>
    </form>
  );
}
