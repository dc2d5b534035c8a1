// Where the reader is: `/c/<conversation>`, there at `#<message>`, or `/`; kept in the browser's history.
import { useCallback, useEffect, useState } from "react";

/** A message to go to. Another object each time one goes there. */
export type Target = { message: string };

type Place = { id: string | null; target: Target | null };

const read = (): Place => {
  const id = /^\/c\/(conv_[0-9a-z]+)\/?$/.exec(location.pathname)?.[1] ?? null;
  const message = /^#(msg_[0-9a-z]+)$/.exec(location.hash)?.[1];
  return { id, target: id === null || message === undefined ? null : { message } };
};

export const pathOf = (id: string | null, message: string | null = null) =>
  id === null ? "/" : `/c/${id}${message === null ? "" : `#${message}`}`;

export type Route = {
  /** The open conversation; null: a new one. */
  id: string | null;
  target: Target | null;
  go: (id: string | null, message?: string | null, how?: "push" | "replace") => void;
};

export function useRoute(): Route {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const moved = () => setPlace(read());
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const go: Route["go"] = useCallback((id, message = null, how = "push") => {
    const path = pathOf(id, message);
    if (path !== location.pathname + location.hash) {
      if (how === "push") history.pushState(null, "", path);
      else history.replaceState(null, "", path);
    }
    setPlace({ id, target: message === null ? null : { message } });
  }, []);
  return { ...place, go };
}
