// The list of conversations: open one, make one, look for one, and for each a row that renames and
// deletes it.
import { type ReactNode, type Ref, useRef, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { ConversationRow } from "./conversation-row.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { Filters } from "./filters.tsx";
import { DocumentsIcon, FilterIcon, PlusIcon } from "./icons.tsx";
import { Problem } from "./problem.tsx";
import { SearchResults } from "./search-results.tsx";
import { t } from "./strings/translate.ts";
import { type ConversationList as List, UNFILTERED } from "./use-conversation-list.ts";
import { pathOf, pathOfShelf, type Route } from "./use-route.ts";
import { useSearch } from "./use-search.ts";
import { dropWritten } from "./use-written.ts";

type Props = {
  ref: Ref<HTMLElement>;
  list: List;
  current: string | null;
  /** Whether a new conversation is shown; with neither, documents are. */
  isNew: boolean;
  onOpen: Route["go"];
  onShelf: () => void;
  corner: ReactNode;
};

export function ConversationList({ ref, list, current, isNew, onOpen, onShelf, corner }: Props) {
  const [deleting, setDeleting] = useState<Conversation | null>(null);
  const [loading, setLoading] = useState(false);
  const [filtering, setFiltering] = useState(false);
  const search = useSearch();
  const fresh = useRef<HTMLAnchorElement>(null);
  const { pinned, others, filters } = list;

  const remove = async (id: string) => {
    setDeleting(null);
    if (!(await list.remove(id))) return;
    dropWritten(id);
    if (id === current) onOpen(null);
    fresh.current?.focus(); // what had the focus is gone
  };
  const loadMore = async () => {
    setLoading(true);
    await list.loadMore();
    setLoading(false);
  };
  const rows = (conversations: readonly Conversation[]) =>
    conversations.map((conversation) => (
      <ConversationRow
        key={conversation.id}
        conversation={conversation}
        current={conversation.id === current}
        onOpen={onOpen}
        onRename={list.rename}
        onDelete={setDeleting}
      />
    ));
  const isFiltered = filters.tag !== null || filters.status !== null;
  const empty = list.more !== null && pinned.length + others.length === 0;

  return (
    <nav ref={ref} id="conversations" className="sidebar" aria-label={t("list.label")}>
      <a
        ref={fresh}
        className="new"
        href={pathOf(null)}
        aria-current={isNew ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onOpen(null);
        }}
      >
        <PlusIcon />
        {t("list.new")}
      </a>
      <a
        className="place"
        href={pathOfShelf(null)}
        aria-current={current === null && !isNew ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onShelf();
        }}
      >
        <DocumentsIcon />
        {t("documents.title")}
      </a>
      <div className="seek" role="search">
        <input
          type="search"
          value={search.query}
          maxLength={500}
          dir="auto"
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          onChange={(event) => search.setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || search.query === "") return;
            event.stopPropagation(); // the drawer stays
            search.setQuery("");
          }}
        />
        <button
          className="icon"
          aria-label={t("filter.label")}
          title={t("filter.label")}
          aria-expanded={filtering}
          onClick={() => {
            if (filtering) list.setFilters(UNFILTERED);
            setFiltering(!filtering);
          }}
        >
          <FilterIcon />
        </button>
      </div>
      {filtering && <Filters filters={filters} onChange={list.setFilters} />}
      <Problem text={list.problem} onDismiss={list.dismissProblem} />
      {search.query.trim() !== "" ? (
        <SearchResults search={search} onOpen={onOpen} />
      ) : (
        <>
          {empty && <p className="quiet">{t(isFiltered ? "filter.none" : "list.empty")}</p>}
          {pinned.length > 0 && (
            <>
              <h2 id="pinned">{t("list.pinned")}</h2>
              <ul aria-labelledby="pinned">{rows(pinned)}</ul>
              {others.length > 0 && <h2>{t("list.others")}</h2>}
            </>
          )}
          <ul>{rows(others)}</ul>
          {list.more === true && (
            <button
              className="more"
              disabled={loading}
              onClick={() => void loadMore() /* shows its own failure */}
            >
              {t("list.more")}
            </button>
          )}
        </>
      )}
      {corner}
      {deleting !== null && (
        <DeleteDialog
          title={t("delete.title")}
          text={t("delete.text", { title: deleting.title ?? t("list.untitled") })}
          onConfirm={() => void remove(deleting.id) /* shows its own failure */}
          onClose={() => setDeleting(null)}
        />
      )}
    </nav>
  );
}
