// Keeps the reader's place: at the bottom while the reader is there, and on the same message when
// earlier ones are put above it.
import {
  type RefObject,
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

/** Pixels from the end that still count as being there. */
const NEAR = 48;

type Scroll = {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atBottom: boolean;
  toBottom: () => void;
  /** Stays here, whatever changes below. */
  hold: () => void;
  /** Goes to an element in the content, and stays there. */
  show: (element: Element) => void;
};

/**
 * @param first the `data-entry` of the first entry
 * @param onTop called when the reader comes near the top
 */
export function useScroll(first: string | undefined, onTop: () => void): Scroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const anchor = useRef<{ key: string; top: number } | null>(null);
  const [atBottom, setAtBottom] = useState(true);
  const reachedTop = useEffectEvent(onTop);

  const toBottom = useCallback(() => {
    stuck.current = true;
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, []);

  const hold = useCallback(() => {
    stuck.current = false;
  }, []);
  const show = useCallback((element: Element) => {
    stuck.current = false;
    element.scrollIntoView({ block: "center" });
  }, []);

  useEffect(() => {
    const outer = scroller.current;
    const inner = content.current;
    if (outer === null || inner === null) return;
    let last = 0;
    const scrolled = () => {
      const near = outer.scrollHeight - outer.scrollTop - outer.clientHeight < NEAR;
      // What grows below moves the end away; only a reader who goes up has left it.
      stuck.current = near || (stuck.current && outer.scrollTop >= last);
      last = outer.scrollTop;
      setAtBottom(stuck.current);
      if (!stuck.current && outer.scrollTop < NEAR * 4) reachedTop();
    };
    const resized = new ResizeObserver(() => {
      if (stuck.current) toBottom();
    });
    outer.addEventListener("scroll", scrolled, { passive: true });
    resized.observe(inner);
    resized.observe(outer);
    return () => {
      outer.removeEventListener("scroll", scrolled);
      resized.disconnect();
    };
  }, [toBottom]);

  useLayoutEffect(() => {
    const outer = scroller.current;
    const placeOf = (key: string) =>
      content.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(key)}"]`)?.offsetTop;
    if (outer === null || first === undefined) return;
    const before = anchor.current;
    const now = before === null ? undefined : placeOf(before.key);
    if (before !== null && before.key !== first && now !== undefined && !stuck.current)
      outer.scrollTop += now - before.top;
    anchor.current = { key: first, top: placeOf(first) ?? 0 };
  }, [first]);

  return { scroller, content, atBottom, toBottom, hold, show };
}
