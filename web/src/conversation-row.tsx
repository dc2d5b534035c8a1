// One conversation in the list: a link, or its title being changed.
import { useRef, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { BinIcon, PenIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";
import { TitleField } from "./title-field.tsx";
import type { ConversationList } from "./use-conversation-list.ts";
import { pathOf } from "./use-route.ts";

type Props = {
  conversation: Conversation;
  current: boolean;
  onOpen: (id: string) => void;
  onRename: ConversationList["rename"];
  onDelete: (conversation: Conversation) => void;
};

export function ConversationRow({ conversation, current, onOpen, onRename, onDelete }: Props) {
  const [renaming, setRenaming] = useState(false);
  const link = useRef<HTMLAnchorElement>(null);
  const title = conversation.title ?? t("list.untitled");

  if (renaming)
    return (
      <li>
        <TitleField
          title={conversation.title}
          onRename={(seen, text) => onRename(conversation.id, seen, text)}
          onDone={() => {
            setRenaming(false);
            requestAnimationFrame(() => link.current?.focus());
          }}
        />
      </li>
    );
  return (
    <li className="row" data-current={current}>
      <a
        ref={link}
        href={pathOf(conversation.id)}
        aria-current={current ? "page" : undefined}
        title={title}
        dir="auto"
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return; // the browser's own: a new tab
          event.preventDefault();
          onOpen(conversation.id);
        }}
      >
        {title}
      </a>
      <button
        className="icon"
        aria-label={t("list.rename", { title })}
        onClick={() => setRenaming(true)}
      >
        <PenIcon />
      </button>
      <button
        className="icon"
        aria-label={t("list.delete", { title })}
        onClick={() => onDelete(conversation)}
      >
        <BinIcon />
      </button>
    </li>
  );
}
