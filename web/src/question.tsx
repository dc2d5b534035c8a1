// What the reader said, as it was typed; a very long one folded.
import { Beside } from "./beside.tsx";
import { type ReactNode, useState } from "react";
import type { Message } from "../../src/protocol/message.ts";
import { PenIcon } from "./icons.tsx";
import { MessageTools, Tool } from "./message-tools.tsx";
import type { Unsent } from "./outbox.ts";
import { t } from "./strings/translate.ts";
import type { MessageActs } from "./use-message-acts.ts";
import { Versions } from "./versions.tsx";

/** UTF-16 units, and lines, past which a message is folded. */
const LONG = 2500;
const MANY_LINES = 30;

type Props = {
  entry: string;
  message: Message;
  acts: MessageActs;
  /** In place of its text, while another version is written. */
  editor: ReactNode;
  /** Null where it is answered, or nothing can be asked. */
  onAsk: (() => void) | null;
};

export function Question({ entry, message, acts, editor, onAsk }: Props) {
  const frame = {
    className: "question",
    "data-entry": entry,
    "data-message": message.id,
    "aria-label": t("message.you"),
  };
  if (editor !== null) return <article {...frame}>{editor}</article>;
  if (message.status === "deleted")
    return (
      <article {...frame}>
        <p className="meta deleted">{t("message.deleted")}</p>
        <div className="tools">
          <Versions message={message} onChoose={acts.activate} />
        </div>
      </article>
    );
  return (
    <article {...frame}>
      <Beside parts={message.parts} />
      {message.content !== "" && <Said text={message.content} />}
      {onAsk !== null && (
        <p className="meta">
          {t("message.unanswered")} <button onClick={onAsk}>{t("message.ask")}</button>
        </p>
      )}
      <MessageTools message={message} acts={acts}>
        {!acts.closed && (
          <Tool label={t("message.edit")} onClick={() => acts.edit(message)}>
            <PenIcon />
          </Tool>
        )}
      </MessageTools>
    </article>
  );
}

type UnsentProps = { entry: string; unsent: Unsent; onRetry: () => void; onEdit: () => void };

/** A message that the server has not confirmed: on its way, or refused. */
export function UnsentQuestion({ entry, unsent: { text, failure }, onRetry, onEdit }: UnsentProps) {
  return (
    <article className="question unsent" data-entry={entry} aria-label={t("message.you")}>
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
