// What somebody writes in a conversation and has not sent: it waits for them while they are elsewhere in
// the page, and across reloads. Kept as it is typed: nothing is left to do when they go.
import { useRef, useState } from "react";
import type { Editing } from "./editor.tsx";
import { readKept, writeKept } from "./kept.ts";
import { writeOutbox } from "./outbox.ts";

type Written = {
  draft: string;
  /** Another version of a message, while it is written. */
  editing: Editing | null;
};

type Writing = Written & {
  setDraft: (draft: string) => void;
  setEditing: (editing: Editing | null) => void;
};

const NOTHING: Written = { draft: "", editing: null };
const placeOf = (conversation: string | null) => `written.${conversation ?? "new"}`;

/** @param conversation null for one that does not exist yet. Always the same in one component's life. */
export function useWritten(conversation: string | null): Writing {
  const place = placeOf(conversation);
  const [written, setWritten] = useState(() => readKept(place, NOTHING));
  const latest = useRef(written);
  const change = (part: Partial<Written>) => {
    const next = { ...latest.current, ...part };
    latest.current = next;
    writeKept(place, next.draft === "" && next.editing === null ? null : next);
    setWritten(next);
  };
  return {
    ...written,
    setDraft: (draft) => change({ draft }),
    setEditing: (editing) => change({ editing }),
  };
}

/** Its reader has deleted the conversation. */
export function dropWritten(conversation: string): void {
  writeKept(placeOf(conversation), null);
  writeOutbox(conversation, []);
}
