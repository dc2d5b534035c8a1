// Somebody's conversations on one side (a drawer where the window is narrow), the open one on the other.
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { About } from "./about.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { InfoIcon, MenuIcon, PinIcon } from "./icons.tsx";
import { answerNextFrom, NewThread } from "./new-thread.tsx";
import { t } from "./strings/translate.ts";
import { Thread } from "./thread.tsx";
import { useConversationList } from "./use-conversation-list.ts";
import { useDrawer } from "./use-drawer.ts";
import type { Route } from "./use-route.ts";

/** Not before it is wanted: most who come want to talk. */
const Documents = lazy(async () => {
  try {
    return await import("./knowledge/documents.tsx");
  } catch {
    return { default: Unreachable };
  }
});

const Unreachable = () => (
  <p className="quiet" role="alert">
    {t("error.network")}
  </p>
);

type Props = {
  route: Route;
  /** Stands at the foot of the conversations. */
  corner: ReactNode;
};

export function Chat({ route: { id, target, shelf, go, goToShelf }, corner }: Props) {
  const list = useConversationList();
  const { open, setOpen, button, content } = useDrawer();
  const [about, setAbout] = useState(false);
  const current = list.find(id);
  const isNew = id === null && shelf === null;
  const heading =
    shelf !== null
      ? t("documents.title")
      : id === null
        ? t("list.new")
        : current && (current.title ?? t("list.untitled"));

  useEffect(() => {
    const named = !isNew && heading !== undefined;
    document.title = named ? `${heading} · ${t("app.name")}` : t("app.name");
  }, [isNew, heading]);

  const visit: Route["go"] = (to, message) => {
    go(to, message);
    setOpen(false);
  };
  const visitShelf = () => {
    goToShelf(null);
    setOpen(false);
  };

  return (
    <div className="app" data-drawer={open}>
      <ConversationList
        ref={content}
        list={list}
        current={id}
        isNew={isNew}
        onOpen={visit}
        onShelf={visitShelf}
        corner={corner}
      />
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
        {shelf !== null ? (
          <Suspense fallback={<p className="quiet">{t("thread.loading")}</p>}>
            <Documents
              collection={shelf.collection}
              onShow={goToShelf}
              onAsk={(answering) => {
                answerNextFrom(answering);
                go(null);
              }}
            />
          </Suspense>
        ) : id === null ? (
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
