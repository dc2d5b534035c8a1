// Asks before a conversation is deleted: there is no way back.
import { useId } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { t } from "./strings/translate.ts";
import { useModal } from "./use-modal.ts";

type Props = { conversation: Conversation; onConfirm: () => void; onClose: () => void };

export function DeleteDialog({ conversation, onConfirm, onClose }: Props) {
  const dialog = useModal();
  const label = useId();
  return (
    <dialog ref={dialog} aria-labelledby={label} onCancel={onClose}>
      <h2 id={label}>{t("delete.title")}</h2>
      <p dir="auto">{t("delete.text", { title: conversation.title ?? t("list.untitled") })}</p>
      <div className="choices">
        <button autoFocus onClick={onClose}>
          {t("delete.cancel")}
        </button>
        <button className="danger" onClick={onConfirm}>
          {t("delete.confirm")}
        </button>
      </div>
    </dialog>
  );
}
