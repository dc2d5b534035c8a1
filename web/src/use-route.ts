// Where the reader is: `/c/<conversation>` or `/`, kept in the browser's history.
import { useCallback, useEffect, useState } from "react";

const read = () => /^\/c\/(conv_[0-9a-z]+)\/?$/.exec(location.pathname)?.[1] ?? null;

export const pathOf = (id: string | null) => (id === null ? "/" : `/c/${id}`);

/** The open conversation's id (null: a new one), and how to go elsewhere. */
export type Route = [string | null, (id: string | null, how?: "push" | "replace") => void];

export function useRoute(): Route {
  const [id, setId] = useState(read);
  useEffect(() => {
    const moved = () => setId(read());
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const go: Route[1] = useCallback((to, how = "push") => {
    const path = pathOf(to);
    if (path === location.pathname) return setId(to);
    if (how === "push") history.pushState(null, "", path);
    else history.replaceState(null, "", path);
    setId(to);
  }, []);
  return [id, go];
}
