// Somebody's conversations on one side (a drawer where the window is narrow), the open one on the other.
import { type ReactNode, useEffect } from "react";
import { ConversationList } from "./conversation-list.tsx";
import { MenuIcon } from "./icons.tsx";
import { NewThread } from "./new-thread.tsx";
import { t } from "./strings/translate.ts";
import { Thread } from "./thread.tsx";
import { useConversationList } from "./use-conversation-list.ts";
import { useDrawer } from "./use-drawer.ts";
import type { Route } from "./use-route.ts";

type Props = {
  route: Route;
  /** Stands at the foot of the conversations. */
  corner: ReactNode;
};

export function Chat({ route, corner }: Props) {
  const [id, go] = route;
  const list = useConversationList();
  const { open, setOpen, button, content } = useDrawer();
  const current = list.conversations.find((it) => it.id === id);
  const heading = id === null ? t("list.new") : current && (current.title ?? t("list.untitled"));

  useEffect(() => {
    const named = id !== null && heading !== undefined;
    document.title = named ? `${heading} · ${t("app.name")}` : t("app.name");
  }, [id, heading]);

  const visit = (to: string | null) => {
    go(to);
    setOpen(false);
  };

  return (
    <div className="app" data-drawer={open}>
      <ConversationList ref={content} list={list} current={id} onOpen={visit} corner={corner} />
      {open && (
        <button
          className="backdrop"
          aria-label={t("app.menu.close")}
          onClick={() => setOpen(false)}
        />
      )}
      <main inert={open}>
        <header className="bar">
          <button
            ref={button}
            className="icon menu"
            aria-label={t("app.menu.open")}
            aria-expanded={open}
            aria-controls="conversations"
            onClick={() => setOpen(true)}
          >
            <MenuIcon />
          </button>
          <h1 dir="auto">{heading}</h1>
        </header>
        {id === null ? (
          <NewThread
            onMade={(conversation) => {
              list.upsert(conversation);
              go(conversation.id);
            }}
          />
        ) : (
          <Thread key={id} id={id} onChange={list.upsert} />
        )}
      </main>
    </div>
  );
}
