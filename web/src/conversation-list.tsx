// The list of conversations: open one, make one, and for each a row that renames and deletes it.
import { type ReactNode, type Ref, useRef, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { ConversationRow } from "./conversation-row.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { PlusIcon } from "./icons.tsx";
import { Problem } from "./problem.tsx";
import { t } from "./strings/translate.ts";
import type { ConversationList as List } from "./use-conversation-list.ts";
import { pathOf } from "./use-route.ts";

type Props = {
  ref: Ref<HTMLElement>;
  list: List;
  current: string | null;
  onOpen: (id: string | null) => void;
  corner: ReactNode;
};

export function ConversationList({ ref, list, current, onOpen, corner }: Props) {
  const [deleting, setDeleting] = useState<Conversation | null>(null);
  const [loading, setLoading] = useState(false);
  const fresh = useRef<HTMLAnchorElement>(null);

  const remove = async (id: string) => {
    setDeleting(null);
    if (!(await list.remove(id))) return;
    if (id === current) onOpen(null);
    fresh.current?.focus(); // what had the focus is gone
  };
  const loadMore = async () => {
    setLoading(true);
    await list.loadMore();
    setLoading(false);
  };

  return (
    <nav ref={ref} id="conversations" className="sidebar" aria-label={t("list.label")}>
      <a
        ref={fresh}
        className="new"
        href={pathOf(null)}
        aria-current={current === null ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onOpen(null);
        }}
      >
        <PlusIcon />
        {t("list.new")}
      </a>
      <Problem text={list.problem} onDismiss={list.dismissProblem} />
      {list.more !== null && list.conversations.length === 0 && (
        <p className="quiet">{t("list.empty")}</p>
      )}
      <ul>
        {list.conversations.map((conversation) => (
          <ConversationRow
            key={conversation.id}
            conversation={conversation}
            current={conversation.id === current}
            onOpen={onOpen}
            onRename={list.rename}
            onDelete={setDeleting}
          />
        ))}
      </ul>
      {list.more === true && (
        <button
          className="more"
          disabled={loading}
          onClick={() => void loadMore() /* shows its own failure */}
        >
          {t("list.more")}
        </button>
      )}
      {corner}
      {deleting !== null && (
        <DeleteDialog
          conversation={deleting}
          onConfirm={() => void remove(deleting.id) /* shows its own failure */}
          onClose={() => setDeleting(null)}
        />
      )}
    </nav>
  );
}
