// The drawer that holds the conversations where the window is narrow: takes the focus when it opens,
// gives it back when it closes.
import { type RefObject, useEffect, useRef, useState } from "react";

const narrow = matchMedia("(max-width: 760px)"); // as in styles/conversations.css

type Drawer = {
  open: boolean;
  setOpen: (open: boolean) => void;
  /** Its button. */
  button: RefObject<HTMLButtonElement | null>;
  /** What is in it; the first link gets the focus. */
  content: RefObject<HTMLElement | null>;
};

export function useDrawer(): Drawer {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const content = useRef<HTMLElement>(null);

  useEffect(() => {
    if (!open) return;
    const opener = button.current;
    const close = () => setOpen(false);
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    content.current?.querySelector("a")?.focus();
    document.addEventListener("keydown", pressed);
    narrow.addEventListener("change", close);
    return () => {
      document.removeEventListener("keydown", pressed);
      narrow.removeEventListener("change", close);
      opener?.focus();
    };
  }, [open]);

  return { open, setOpen, button, content };
}
