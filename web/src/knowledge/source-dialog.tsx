// A source, opened: where it stands, and its text with what the answer rests on. It is shown as text,
// whatever it looks like: nobody here wrote it.
import { useEffect, useRef } from "react";
import { Download } from "../download.tsx";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { around, type Passage, type Quote } from "./passages.ts";

type Props = {
  passage: Passage;
  /** What of it the answer rests on; null where that is not known. */
  quote: Quote | null;
  onClose: () => void;
};

export function SourceDialog({ passage, quote, onClose }: Props) {
  const { document_id, document_name, title, page, heading_path } = passage;
  const headings = heading_path[0] === title ? heading_path.slice(1) : heading_path;
  const place = [
    ...(title === null || document_name.startsWith(title) ? [] : [title]),
    ...(page === null ? [] : [t("source.page", { page })]),
    ...(headings.length === 0 ? [] : [headings.join(" › ")]),
  ];
  return (
    <Modal
      title={t("source.label", { number: passage.number, name: document_name })}
      className="source"
      onClose={onClose}
    >
      {place.length > 0 && (
        <p className="stands" dir="auto">
          {place.join(" · ")}
        </p>
      )}
      <Says text={passage.text} quote={quote} />
      <div className="submit">
        <Download path={`/documents/${document_id}/original`}>{t("source.original")}</Download>
      </div>
    </Modal>
  );
}

function Says({ text, quote }: { text: string | null; quote: Quote | null }) {
  const found = useRef<HTMLElement>(null);
  useEffect(() => {
    found.current?.scrollIntoView({ block: "center" });
  }, []);
  const parts = text === null || quote === null ? null : around(text, quote);
  if (parts !== null) {
    const [before, quoted, after] = parts;
    return (
      <blockquote className="passage" dir="auto" tabIndex={0}>
        {before}
        <mark ref={found}>{quoted}</mark>
        {after}
      </blockquote>
    );
  }
  const says = text ?? quote?.quote ?? null;
  if (says === null) return <p>{t("source.unkept")}</p>;
  return (
    <>
      {text === null && <p className="aside">{t("source.quoted")}</p>}
      <blockquote className="passage" dir="auto" tabIndex={0}>
        {text === null ? <mark>{says}</mark> : says}
      </blockquote>
    </>
  );
}
