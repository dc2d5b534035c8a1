// One's conversations out of here, and those from elsewhere in.
import { useRef, useState } from "react";
import { Download } from "../download.tsx";
import { sentenceOf } from "../http.ts";
import { t } from "../strings/translate.ts";
import { pathOf } from "../use-route.ts";
import { type Imported, importFile, type Remark } from "./memory-calls.ts";

/** Rows of either list that are shown. */
const MOST = 50;

export function Transfer() {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Imported | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);

  const bring = async (file: File) => {
    setBusy(true);
    setResult(null);
    setProblem(null);
    try {
      setResult(await importFile(file));
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
    setBusy(false);
    if (field.current !== null) field.current.value = ""; // the same file can be chosen again
  };

  return (
    <section aria-labelledby="settings-transfer">
      <h3 id="settings-transfer">{t("transfer.title")}</h3>
      <p>{t("transfer.export.text")}</p>
      <div className="submit">
        <Download path="/export?format=json">{t("export.json")}</Download>
        <Download path="/export?format=markdown">{t("export.markdown")}</Download>
      </div>
      <label className="labelled">
        <span>{t("transfer.import.text")}</span>
        <input
          ref={field}
          type="file"
          accept=".json,application/json"
          disabled={busy}
          onChange={({ target: { files } }) => {
            const file = files?.[0];
            if (file !== undefined) void bring(file); // shows its own failure
          }}
        />
      </label>
      {busy && <p role="status">{t("transfer.import.busy")}</p>}
      {problem !== null && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      {result !== null && <Result result={result} />}
    </section>
  );
}

function Result({ result: { imported, skipped, notes, broke_off, totals } }: { result: Imported }) {
  return (
    <div role="status">
      <p>
        {t("transfer.import.done", {
          conversations: totals.conversations,
          messages: totals.messages,
          skipped: totals.skipped,
        })}
      </p>
      {broke_off !== null && <p className="wrong">{broke_off}</p>}
      <ul className="entries">
        {imported.slice(0, MOST).map(({ id, title, messages }) => (
          <li key={id}>
            <div>
              <a href={pathOf(id)} dir="auto">
                {title ?? t("list.untitled")}
              </a>{" "}
              <span className="aside">{t("transfer.import.messages", { count: messages })}</span>
            </div>
          </li>
        ))}
      </ul>
      <Rest of={imported.length} />
      <Remarks title={t("transfer.import.skipped")} remarks={skipped} total={totals.skipped} />
      <Remarks title={t("transfer.import.notes")} remarks={notes} total={totals.notes} />
    </div>
  );
}

type RemarksProps = { title: string; remarks: readonly Remark[]; total: number };

function Remarks({ title, remarks, total }: RemarksProps) {
  if (remarks.length === 0) return null;
  return (
    <>
      <p>{title}</p>
      <ul className="entries">
        {remarks.slice(0, MOST).map(({ conversation, message, reason }, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- told once, in an order that stays
          <li key={at}>
            <div dir="auto">
              {message === undefined ? conversation : `${conversation} · ${message}`}
              <p className="aside">{reason}</p>
            </div>
          </li>
        ))}
      </ul>
      <Rest of={total} />
    </>
  );
}

function Rest({ of }: { of: number }) {
  return of <= MOST ? null : (
    <p className="aside">{t("transfer.import.more", { count: of - MOST })}</p>
  );
}
