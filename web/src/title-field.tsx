// A title being changed. Enter or leaving keeps it, Escape does not. Where somebody else gave another
// meanwhile, both are shown, and nothing that was typed is lost.
import { useId, useRef, useState } from "react";
import { t } from "./strings/translate.ts";
import type { Taken } from "./use-conversation-list.ts";

type Props = {
  title: string | null;
  /** @param seen the title that is replaced; answers with the one that it has by now instead */
  onRename: (seen: string | null, title: string) => Promise<Taken | null>;
  onDone: () => void;
};

export function TitleField({ title, onRename, onDone }: Props) {
  /** What there was when it began, or what somebody else has made of it since. */
  const [seen, setSeen] = useState(title);
  const [taken, setTaken] = useState<Taken | null>(null);
  const busy = useRef(false);
  const note = useId();

  const finish = async (text: string) => {
    if (busy.current) return;
    busy.current = true;
    const trimmed = text.trim();
    const other = trimmed === "" || trimmed === seen ? null : await onRename(seen, trimmed);
    busy.current = false;
    if (other === null) return onDone();
    setTaken(other);
    setSeen(other.title);
  };
  return (
    <>
      <input
        className="rename"
        aria-label={t("list.rename.label")}
        aria-describedby={taken === null ? undefined : note}
        defaultValue={title ?? ""}
        maxLength={255}
        dir="auto"
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        onBlur={(event) => {
          // What is asked about stays until it is answered.
          if (taken === null) void finish(event.currentTarget.value); // shows its own failure
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") void finish(event.currentTarget.value); // shows its own failure
          if (event.key !== "Escape") return;
          event.stopPropagation();
          event.preventDefault(); // a dialog around it stays
          busy.current = true; // leaving it now keeps nothing
          onDone();
        }}
      />
      {taken !== null && (
        <p id={note} className="taken" role="alert" dir="auto">
          {t("list.rename.taken", { title: taken.title ?? t("list.untitled") })}
        </p>
      )}
    </>
  );
}
