// Brings the reader to the message that they came for, on whatever branch it is, and marks it.
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import type { Session } from "./session.ts";
import type { Target } from "./use-route.ts";

type There = {
  session: RefObject<Session | null>;
  content: RefObject<HTMLElement | null>;
  show: (element: Element) => void;
};

export function useTarget(target: Target | null, { session, content, show }: There): void {
  /** What is loaded, and appears when that is rendered. */
  const due = useRef<Target | null>(null);

  const arrive = useEffectEvent(() => {
    if (due.current === null) return;
    const name = CSS.escape(due.current.message);
    const element = content.current?.querySelector(`[data-message="${name}"]`) ?? null;
    if (element === null) return;
    due.current = null;
    content.current?.querySelector("[data-found]")?.removeAttribute("data-found");
    element.setAttribute("data-found", "true");
    show(element);
  });

  useEffect(() => {
    if (target === null) return;
    let here = true;
    const look = async () => {
      const found = await session.current?.reveal(target.message);
      if (!here || found !== true) return;
      due.current = target;
      arrive();
    };
    void look(); // the session shows its failures
    return () => {
      here = false;
    };
  }, [target, session]);

  useLayoutEffect(() => arrive());
}
