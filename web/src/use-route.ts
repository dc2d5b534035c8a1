// Where the reader is: `/c/<conversation>`, there at `#<message>`, or `/`; or `/documents`, or those of
// one collection, `/documents/<collection>`. Kept in the browser's history.
import { useCallback, useEffect, useState } from "react";

/** A message to go to. Another object each time one goes there. */
export type Target = { message: string };

/** Of which collection documents are shown; null: of all. */
type Shelf = { collection: string | null };

type Place = { id: string | null; target: Target | null; shelf: Shelf | null };

const read = (): Place => {
  const shelf = /^\/documents(?:\/(col_[0-9a-z]+))?\/?$/.exec(location.pathname);
  if (shelf !== null) return { id: null, target: null, shelf: { collection: shelf[1] ?? null } };
  const id = /^\/c\/(conv_[0-9a-z]+)\/?$/.exec(location.pathname)?.[1] ?? null;
  const message = /^#(msg_[0-9a-z]+)$/.exec(location.hash)?.[1];
  return { id, target: id === null || message === undefined ? null : { message }, shelf: null };
};

export const pathOf = (id: string | null, message: string | null = null) =>
  id === null ? "/" : `/c/${id}${message === null ? "" : `#${message}`}`;

export const pathOfShelf = (collection: string | null) =>
  collection === null ? "/documents" : `/documents/${collection}`;

export type Route = {
  /** The open conversation; null: a new one, unless documents are shown. */
  id: string | null;
  target: Target | null;
  /** Null where no documents are shown. */
  shelf: Shelf | null;
  go: (id: string | null, message?: string | null, how?: "push" | "replace") => void;
  /** @param collection null for all */
  goToShelf: (collection: string | null) => void;
};

export function useRoute(): Route {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const moved = () => setPlace(read());
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const go: Route["go"] = useCallback((id, message = null, how = "push") => {
    visit(pathOf(id, message), how);
    setPlace({ id, target: message === null ? null : { message }, shelf: null });
  }, []);
  const goToShelf: Route["goToShelf"] = useCallback((collection) => {
    visit(pathOfShelf(collection), "push");
    setPlace({ id: null, target: null, shelf: { collection } });
  }, []);
  return { ...place, go, goToShelf };
}

function visit(path: string, how: "push" | "replace"): void {
  if (path === location.pathname + location.hash) return;
  if (how === "push") history.pushState(null, "", path);
  else history.replaceState(null, "", path);
}
