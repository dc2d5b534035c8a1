// What the reader said, as it was typed; a very long one folded.
import { useState } from "react";
import type { Unsent } from "./outbox.ts";
import { t } from "./strings/translate.ts";

/** UTF-16 units, and lines, past which a message is folded. */
const LONG = 2500;
const MANY_LINES = 30;

export function Question({ entry, text }: { entry: string; text: string }) {
  return (
    <article className="question" data-entry={entry} aria-label={t("message.you")}>
      <Said text={text} />
    </article>
  );
}

type UnsentProps = { unsent: Unsent; onRetry: () => void; onEdit: () => void };

/** A message that the server has not confirmed: on its way, or refused. */
export function UnsentQuestion({ unsent: { key, text, failure }, onRetry, onEdit }: UnsentProps) {
  return (
    <article className="question unsent" data-entry={key} aria-label={t("message.you")}>
      <Said text={text} />
      {failure === null ? (
        <p className="meta sending">{t("message.sending")}</p>
      ) : (
        <p className="meta failed" role="alert">
          <span dir="auto">{failure}</span> <button onClick={onRetry}>{t("message.retry")}</button>{" "}
          <button onClick={onEdit}>{t("message.edit")}</button>
        </p>
      )}
    </article>
  );
}

function Said({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG || text.split("\n", MANY_LINES + 1).length > MANY_LINES;
  return (
    <div className="bubble">
      <div className="said" data-folded={long && !open} dir="auto">
        {text}
      </div>
      {long && (
        <button className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "message.collapse" : "message.expand")}
        </button>
      )}
    </div>
  );
}
