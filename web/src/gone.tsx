// Stands where a conversation was that is not there any more: what its reader wrote stays with them.
import type { Unsent } from "./outbox.ts";
import { t } from "./strings/translate.ts";

type Props = { unsent: readonly Unsent[]; edit: string; draft: string };

export function Gone({ unsent, edit, draft }: Props) {
  return (
    <div className="welcome" role="status">
      <p>{t("thread.gone")}</p>
      {unsent.map(({ key, text }) => (
        <Kept key={key} text={text} />
      ))}
      <Kept text={edit} />
      <Kept text={draft} />
    </div>
  );
}

const Kept = ({ text }: { text: string }) =>
  text.trim() !== "" && (
    <p className="kept" dir="auto">
      {text}
    </p>
  );
