// Where the reader is, as long as they are the same: somebody else's conversation closes when another
// signs in or out, and comes back only where it turns out to be theirs, too.
import { useEffect, useEffectEvent, useState } from "react";
import { VISITOR } from "./account.ts";
import { edgewise } from "./request.ts";
import { type Route, useRoute } from "./use-route.ts";

export function useOwnRoute(identity: string | null): Route {
  const route = useRoute();
  const { id, go } = route;
  const [before, setBefore] = useState(identity);
  const [foreign, setForeign] = useState<string | null>(null);

  // While rendering, so that nobody is shown, or asks for, what another had open.
  if (identity !== before) {
    setBefore(identity);
    if (before !== null) setForeign(id);
  }
  const settle = useEffectEvent((own: boolean) => {
    if (!own && id === foreign) go(null, null, "replace");
    setForeign(null);
  });
  useEffect(() => {
    if (foreign === null) return;
    let here = true;
    const look = async () => {
      const own = identity !== VISITOR && (await isOwn(foreign));
      if (here) settle(own);
    };
    void look(); // takes a failure for a no
    return () => {
      here = false;
    };
  }, [foreign, identity]);

  return { ...route, id: id === foreign ? null : id };
}

async function isOwn(id: string): Promise<boolean> {
  try {
    await edgewise.conversations.get(id);
    return true;
  } catch {
    return false;
  }
}
