// The documents that answers can come from: brought by hand, by dropping them, by address or as text.
import { useRef, useState } from "react";
import type { Document } from "../../../client/types.ts";
import type { Answering } from "../api.ts";
import { DeleteDialog } from "../delete-dialog.tsx";
import { sentenceOf } from "../http.ts";
import { LinkIcon, TextIcon, UploadIcon } from "../icons.tsx";
import { Problem } from "../problem.tsx";
import { edgewise } from "../request.ts";
import { t } from "../strings/translate.ts";
import type { Route } from "../use-route.ts";
import { AddressDialog } from "./address-dialog.tsx";
import { type Collection, deleteCollection } from "./calls.ts";
import { CollectionBar } from "./collection-bar.tsx";
import { DocumentRow } from "./document-row.tsx";
import { TextDialog } from "./text-dialog.tsx";
import { Uploads } from "./uploads.tsx";
import { useCollections } from "./use-collections.ts";
import { useDocuments } from "./use-documents.ts";
import { useDrop } from "./use-drop.ts";
import { useUploads } from "./use-uploads.ts";

/** For the browser's own dialog: the server looks at what is in a file. */
const KINDS = ".pdf,.docx,.html,.htm,.md,.markdown,.txt,.csv,.tsv,.json";

type Props = {
  /** Null for all. */
  collection: string | null;
  onShow: Route["goToShelf"];
  /** Starts a conversation that is answered from what is shown. */
  onAsk: (answering: Answering) => void;
};

type Deleting = { document: Document } | { collection: Collection };

export default function Documents({ collection, onShow, onAsk }: Props) {
  const { documents, total, more, loadMore, put, drop, ...list } = useDocuments(collection);
  const { collections, current, ...shelves } = useCollections(collection);
  const [bringing, setBringing] = useState<"address" | "text" | null>(null);
  const [deleting, setDeleting] = useState<Deleting | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const pick = useRef<HTMLButtonElement>(null);
  const brought = (document: Document) => {
    put(document);
    shelves.recount();
  };
  const { uploads, bring, again, dismiss } = useUploads(put, shelves.recount);
  const { over, handlers } = useDrop((files) => bring(files, collection));
  const [problem, setProblem] = useState<string | null>(null);
  const unread = list.problem ?? shelves.problem;
  const empty = documents?.length === 0 && uploads.length === 0;

  /** Shows its own failure. */
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };
  const remove = async (it: Deleting) => {
    setDeleting(null);
    await attempt(async () => {
      if ("document" in it) {
        await edgewise.documents.delete(it.document.id);
        drop(it.document.id);
        shelves.recount();
      } else {
        await deleteCollection(it.collection.id);
        shelves.drop(it.collection.id);
        onShow(null);
      }
    });
    pick.current?.focus(); // what had the focus is gone
  };
  /** Where there is but one, or one is shown, it is plain. */
  const nameOf = ({ collection_id }: Document) =>
    collection !== null || collections === null || collections.length < 2
      ? null
      : (collections.find(({ id }) => id === collection_id)?.name ?? null);

  return (
    <div className="scroller documents" data-over={over} tabIndex={-1} {...handlers}>
      <div className="inner">
        <div className="controls">
          <CollectionBar
            collections={collections ?? []}
            shown={collection}
            current={current}
            onShow={onShow}
            onChange={shelves.put}
            onDelete={(it) => setDeleting({ collection: it })}
          />
          <div className="ways-in">
            <input
              ref={picker}
              type="file"
              className="unseen"
              multiple
              accept={KINDS}
              tabIndex={-1}
              aria-label={t("bring.files")}
              onChange={({ target }) => {
                bring([...(target.files ?? [])], collection);
                target.value = ""; // the same file can be chosen again
              }}
            />
            <button ref={pick} className="primary" onClick={() => picker.current?.click()}>
              <UploadIcon />
              {t("bring.files")}
            </button>
            <button onClick={() => setBringing("address")}>
              <LinkIcon />
              {t("bring.address.short")}
            </button>
            <button onClick={() => setBringing("text")}>
              <TextIcon />
              {t("bring.text.short")}
            </button>
          </div>
        </div>
        <Problem text={problem} onDismiss={() => setProblem(null)} />
        {unread !== null && (
          <p className="problem" role="alert" dir="auto">
            {unread}
          </p>
        )}
        <Uploads uploads={uploads} onAgain={again} onDismiss={dismiss} />
        {documents === null && unread === null && (
          <p className="quiet" role="status">
            {t("thread.loading")}
          </p>
        )}
        {empty && (
          <div className="nothing-yet">
            <h2>{t(collection === null ? "documents.empty" : "documents.empty.collection")}</h2>
            <p>{t("documents.empty.text")}</p>
            <p className="aside">{t("documents.empty.kinds")}</p>
          </div>
        )}
        {documents !== null && documents.length > 0 && (
          <>
            <p className="count">
              <span>
                {total === 1
                  ? t("documents.count.one")
                  : t("documents.count", { count: total.toLocaleString() })}
              </span>
              <button
                className="plain"
                onClick={() =>
                  onAsk({ use_rag: true, collections: collection === null ? null : [collection] })
                }
              >
                {t("documents.ask")}
              </button>
            </p>
            <ul className="document-list" aria-label={t("documents.title")}>
              {documents.map((document) => (
                <DocumentRow
                  key={document.id}
                  document={document}
                  collection={nameOf(document)}
                  onAgain={() =>
                    void attempt(async () => put(await edgewise.documents.reindex(document.id)))
                  }
                  onDelete={() => setDeleting({ document })}
                />
              ))}
            </ul>
          </>
        )}
        {more && (
          <button className="more" onClick={() => void loadMore() /* shows its own failure */}>
            {t("list.more")}
          </button>
        )}
      </div>
      {over && (
        <p className="drop-here">
          {current === null
            ? t("documents.drop")
            : t("documents.drop.into", { name: current.name })}
        </p>
      )}
      {bringing === "address" && (
        <AddressDialog
          collection={collection}
          onBrought={brought}
          onClose={() => setBringing(null)}
        />
      )}
      {bringing === "text" && (
        <TextDialog collection={collection} onBrought={brought} onClose={() => setBringing(null)} />
      )}
      {deleting !== null && (
        <DeleteDialog
          {...askingOf(deleting)}
          onConfirm={() => void remove(deleting) /* shows its own failure */}
          onClose={() => setDeleting(null)}
        />
      )}
    </div>
  );
}

const askingOf = (it: Deleting) =>
  "document" in it
    ? {
        title: t("document.delete.title"),
        text: t("document.delete.text", { name: it.document.name }),
      }
    : {
        title: t("collection.delete.title"),
        text: t("collection.delete.text", { name: it.collection.name }),
      };
