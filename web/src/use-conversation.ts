// An open session as React sees it: its state, and what can be done.
import { type RefObject, useEffect, useEffectEvent, useRef, useState } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { type ConversationState, unread } from "./conversation-state.ts";
import { openSession, type Session } from "./session.ts";

/** Keeps conversation `id` open for as long as the component lives. `session` is there for event handlers. */
export function useConversation(
  id: string,
  onChange: (conversation: ConversationDetail) => void,
): { state: ConversationState; session: RefObject<Session | null> } {
  const [state, setState] = useState(() => unread([]));
  const session = useRef<Session>(null);
  const changed = useEffectEvent(onChange);
  useEffect(() => {
    const opened = openSession(id, setState, (conversation) => changed(conversation));
    session.current = opened;
    return () => opened.close();
  }, [id]);
  return { state, session };
}
