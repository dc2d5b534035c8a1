// Something went wrong: its sentence, until it is dismissed.
import { t } from "./strings/translate.ts";

export function Problem({ text, onDismiss }: { text: string | null; onDismiss: () => void }) {
  if (text === null) return null;
  return (
    <div className="problem" role="alert">
      <span dir="auto">{text}</span>
      <button onClick={onDismiss}>{t("error.dismiss")}</button>
    </div>
  );
}
