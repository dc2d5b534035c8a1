// One conversation in the list: a link, or its title being changed.
import { useRef, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { BinIcon, PenIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";
import { pathOf } from "./use-route.ts";

type Props = {
  conversation: Conversation;
  current: boolean;
  onOpen: (id: string) => void;
  onRename: (id: string, title: string) => Promise<void>;
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
          title={conversation.title ?? ""}
          onDone={async (text) => {
            if (text !== null) await onRename(conversation.id, text);
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

/** Enter or leaving keeps the title, Escape does not: `onDone` gets it, or null. Once. */
function TitleField({
  title,
  onDone,
}: {
  title: string;
  onDone: (title: string | null) => Promise<void>;
}) {
  const done = useRef(false);
  const finish = (text: string | null) => {
    if (done.current) return;
    done.current = true;
    const trimmed = text?.trim() ?? "";
    void onDone(trimmed === "" || trimmed === title ? null : trimmed); // renaming shows its own failure
  };
  return (
    <input
      className="rename"
      aria-label={t("list.rename.label")}
      defaultValue={title}
      maxLength={255}
      dir="auto"
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key !== "Escape") return;
        event.stopPropagation();
        finish(null);
      }}
    />
  );
}
