// Where the reader is: `/c/<conversation>` or `/`, kept in the browser's history.
import { useCallback, useEffect, useState } from "react";

const read = () => /^\/c\/(conv_[0-9a-z]+)\/?$/.exec(location.pathname)?.[1] ?? null;

export const pathOf = (id: string | null) => (id === null ? "/" : `/c/${id}`);

/** The open conversation's id (null: a new one), and how to go elsewhere. */
export function useRoute(): [string | null, (id: string | null) => void] {
  const [id, setId] = useState(read);
  useEffect(() => {
    const moved = () => setId(read());
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const go = useCallback((to: string | null) => {
    if (pathOf(to) !== location.pathname) history.pushState(null, "", pathOf(to));
    setId(to);
  }, []);
  return [id, go];
}
