// A key that was just made, this once.
import { useEffect, useRef, useState } from "react";
import { t } from "../strings/translate.ts";
import type { NewApiKey } from "./calls.ts";

export function MadeKey({ made, onDone }: { made: NewApiKey; onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.key);
      setCopied(true);
    } catch {
      field.current?.select(); // forbidden, or plain http: the reader's own keys copy it
    }
  };
  return (
    <div className="made">
      <p role="status">{t("keys.made", { name: made.name })}</p>
      <div className="copy">
        <input
          ref={field}
          value={made.key}
          readOnly
          spellCheck={false}
          autoComplete="off"
          aria-label={t("keys.key")}
        />
        <button onClick={() => void copy() /* catches */}>
          {t(copied ? "keys.copied" : "keys.copy")}
        </button>
        <button onClick={onDone}>{t("keys.done")}</button>
      </div>
    </div>
  );
}
