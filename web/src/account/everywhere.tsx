// Ends every session there is.
import { useState } from "react";
import { sentenceOf } from "../http.ts";
import { t } from "../strings/translate.ts";

export function Everywhere({ onSignOut }: { onSignOut: (all: boolean) => Promise<void> }) {
  const [problem, setProblem] = useState<string | null>(null);
  const leave = async () => {
    try {
      await onSignOut(true);
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };
  return (
    <>
      <p>{t("everywhere.text")}</p>
      {problem !== null && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      <div className="submit">
        <button className="danger" onClick={() => void leave() /* shows its own failure */}>
          {t("everywhere.submit")}
        </button>
      </div>
    </>
  );
}
