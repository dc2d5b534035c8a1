// Below an answer: what it rests on, each to be opened. While it is written: how much was found.
import { DocumentsIcon } from "../icons.tsx";
import { t } from "../strings/translate.ts";
import type { Cites } from "./cited.tsx";
import { labelOf } from "./label.ts";
import type { Passage } from "./passages.ts";

type Props = Cites & { running: boolean };

export function Sources({ passages, open, running }: Props) {
  if (passages.length === 0) return null;
  if (running)
    return (
      <p className="found">
        <DocumentsIcon />
        {passages.length === 1
          ? t("sources.found.one")
          : t("sources.found", { count: passages.length })}
      </p>
    );
  const cited = passages.filter(({ quotes }) => quotes.length > 0);
  const others = passages.filter(({ quotes }) => quotes.length === 0);
  const row = (them: readonly Passage[], label: string) => (
    <ol className="sources" aria-label={label}>
      {them.map((passage) => (
        <li key={passage.number}>
          <button
            type="button"
            aria-label={labelOf(passage)}
            onClick={() => open(passage, passage.quotes[0] ?? null)}
          >
            <b>{passage.number}</b>
            <span dir="auto">{passage.document_name}</span>
            {passage.page !== null && (
              <small>{t("source.page.short", { page: passage.page })}</small>
            )}
          </button>
        </li>
      ))}
    </ol>
  );
  return (
    <div className="rests-on">
      {cited.length > 0 && row(cited, t("sources.label"))}
      {others.length > 0 && (
        <details>
          <summary>
            {cited.length === 0
              ? t("sources.uncited", { count: others.length })
              : t("sources.others", { count: others.length })}
          </summary>
          {row(others, t("sources.others.label"))}
        </details>
      )}
    </div>
  );
}
