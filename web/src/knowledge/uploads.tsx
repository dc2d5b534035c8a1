// Files that are not documents yet: on their way, or refused, or here already.
import { CloseIcon } from "../icons.tsx";
import { Tool } from "../message-tools.tsx";
import { t } from "../strings/translate.ts";
import type { Upload } from "./use-uploads.ts";

type Props = {
  uploads: readonly Upload[];
  onAgain: (key: string) => void;
  onDismiss: (key: string) => void;
};

export function Uploads({ uploads, onAgain, onDismiss }: Props) {
  if (uploads.length === 0) return null;
  return (
    <ul className="uploads" aria-label={t("uploads.label")}>
      {uploads.map(({ key, file: { name }, state, says }) => (
        <li key={key} data-state={state}>
          <span className="name" dir="auto">
            {name}
          </span>
          <span role={state === "failed" ? "alert" : "status"} dir="auto">
            {says ?? t(state === "sending" ? "upload.sending" : "upload.waiting")}
          </span>
          {state === "failed" && <button onClick={() => onAgain(key)}>{t("message.retry")}</button>}
          {state !== "sending" && (
            <Tool label={t("upload.dismiss", { name })} onClick={() => onDismiss(key)}>
              <CloseIcon />
            </Tool>
          )}
        </li>
      ))}
    </ul>
  );
}
