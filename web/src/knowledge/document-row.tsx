// One document: what it is, how far it has come, or why it failed; and what can be done with it.
import type { Document } from "../../../client/types.ts";
import { Download } from "../download.tsx";
import { AgainIcon, BinIcon, DownloadIcon } from "../icons.tsx";
import { Tool } from "../message-tools.tsx";
import { t } from "../strings/translate.ts";
import { shareOf, sizeOf, wordsFor } from "./progress.ts";

type Props = {
  document: Document;
  /** The name of its collection; null where that is plain. */
  collection: string | null;
  onAgain: () => void;
  onDelete: () => void;
};

export function DocumentRow({ document, collection, onAgain, onDelete }: Props) {
  const { id, name, title, status, error, bytes, progress, searchable, updated_at } = document;
  const isOnItsWay = status === "queued" || status === "processing";
  return (
    <li className="document" data-status={status}>
      <span className="kind">{kindOf(document)}</span>
      <div className="what">
        <strong dir="auto">{name}</strong>
        {title !== null && !name.startsWith(title) && <span dir="auto">{title}</span>}
        <p className="facts">
          {!isOnItsWay && <b>{t(status === "indexed" ? "document.indexed" : "document.failed")}</b>}
          {bytes > 0 && <span>{sizeOf(bytes)}</span>}
          {status === "indexed" && progress.pages !== null && (
            <span>
              {progress.pages === 1
                ? t("document.pages.one")
                : t("document.pages", { count: progress.pages.toLocaleString() })}
            </span>
          )}
          {collection !== null && <span dir="auto">{collection}</span>}
          <time dateTime={updated_at}>{when(updated_at)}</time>
        </p>
        {isOnItsWay && (
          <div className="on-its-way">
            <progress
              aria-label={t("document.progress", { name })}
              value={shareOf(progress) ?? undefined}
            />
            <span>{wordsFor(document)}</span>
          </div>
        )}
        {isOnItsWay && searchable && <p className="facts">{t("document.replaced")}</p>}
        {status === "failed" && (
          <p className="reason">
            <span dir="auto">{error ?? t("document.failed.unsaid")}</span>{" "}
            <button onClick={onAgain}>{t("message.retry")}</button>
          </p>
        )}
      </div>
      <span className="acts">
        {status === "indexed" && (
          <Tool label={t("document.reindex", { name })} onClick={onAgain}>
            <AgainIcon />
          </Tool>
        )}
        {bytes > 0 && (
          <Download path={`/documents/${id}/original`} label={t("document.download", { name })}>
            <DownloadIcon />
          </Download>
        )}
        <Tool label={t("document.delete", { name })} onClick={onDelete}>
          <BinIcon />
        </Tool>
      </span>
    </li>
  );
}

/** Before it was read, as its name has it. */
function kindOf({ kind, name, url }: Document): string {
  if (kind !== null) return t(`kind.${kind}`);
  const file = url === null ? name : (URL.parse(url)?.pathname ?? "");
  const ending = /\.([a-z0-9]{2,4})$/i.exec(file)?.[1];
  return ending?.toUpperCase() ?? t(url === null ? "kind.text" : "kind.html");
}

const when = (iso: string) =>
  new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
