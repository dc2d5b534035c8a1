// Somebody's conversations on one side (a drawer where the window is narrow), the open one on the other.
import { type ReactNode, useEffect, useState } from "react";
import { About } from "./about.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { InfoIcon, MenuIcon, PinIcon } from "./icons.tsx";
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

export function Chat({ route: { id, target, go }, corner }: Props) {
  const list = useConversationList();
  const { open, setOpen, button, content } = useDrawer();
  const [about, setAbout] = useState(false);
  const current = list.find(id);
  const heading = id === null ? t("list.new") : current && (current.title ?? t("list.untitled"));

  useEffect(() => {
    const named = id !== null && heading !== undefined;
    document.title = named ? `${heading} · ${t("app.name")}` : t("app.name");
  }, [id, heading]);

  const visit: Route["go"] = (to, message) => {
    go(to, message);
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
          {current !== undefined && (
            <>
              <button
                className="icon"
                aria-label={t("about.pin")}
                title={t(current.pinned ? "about.unpin" : "about.pin")}
                aria-pressed={current.pinned}
                onClick={
                  () => void list.change(current.id, { pinned: !current.pinned }) // shows its own failure
                }
              >
                <PinIcon />
              </button>
              <button
                className="icon"
                aria-label={t("about.title")}
                title={t("about.title")}
                onClick={() => setAbout(true)}
              >
                <InfoIcon />
              </button>
            </>
          )}
        </header>
        {id === null ? (
          <NewThread
            onMade={(conversation) => {
              list.upsert(conversation);
              go(conversation.id);
            }}
          />
        ) : (
          <Thread
            key={id}
            id={id}
            target={target}
            onChange={list.upsert}
            onFork={(conversation) => {
              list.upsert(conversation);
              go(conversation.id);
            }}
          />
        )}
      </main>
      {about && current !== undefined && (
        <About conversation={current} list={list} onClose={() => setAbout(false)} />
      )}
    </div>
  );
}
