// A dialog with a title and, unless it has to be answered, a way out.
import { type ReactNode, useId } from "react";
import { CloseIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";
import { useModal } from "./use-modal.ts";

type Props = {
  title: string;
  className: string;
  /** Null where there is nothing behind it to go back to. */
  onClose: (() => void) | null;
  children: ReactNode;
};

export function Modal({ title, className, onClose, children }: Props) {
  const dialog = useModal();
  const label = useId();
  return (
    <dialog
      ref={dialog}
      className={className}
      data-locked={onClose === null}
      aria-labelledby={label}
      closedby={onClose === null ? "none" : "closerequest"}
      onCancel={(event) => {
        event.preventDefault(); // it leaves when its owner takes it away
        onClose?.();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // the drawer below stays
        if (onClose === null) event.preventDefault();
      }}
    >
      <h2 id={label}>{title}</h2>
      {children}
      {onClose !== null && (
        // Last, so that the first field has the focus.
        <button type="button" className="icon close" aria-label={t("form.close")} onClick={onClose}>
          <CloseIcon />
        </button>
      )}
    </dialog>
  );
}
