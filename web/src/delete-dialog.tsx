// Asks before something is deleted: there is no way back.
import { useId } from "react";
import { t } from "./strings/translate.ts";
import { useModal } from "./use-modal.ts";

type Props = { title: string; text: string; onConfirm: () => void; onClose: () => void };

export function DeleteDialog({ title, text, onConfirm, onClose }: Props) {
  const dialog = useModal();
  const label = useId();
  return (
    <dialog ref={dialog} aria-labelledby={label} onCancel={onClose}>
      <h2 id={label}>{title}</h2>
      <p dir="auto">{text}</p>
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
