// The reader's conversations, newest first: a page at a time, refreshed when the reader comes back.
import { useCallback, useEffect, useState } from "react";
import type { Conversation } from "../../src/protocol/conversation.ts";
import * as api from "./api.ts";
import { sentenceOf } from "./http.ts";
import { useAccount } from "./use-account.ts";

export type ConversationList = {
  conversations: readonly Conversation[];
  /** Null while the first page has not come. */
  more: boolean | null;
  problem: string | null;
  loadMore: () => Promise<void>;
  rename: (id: string, title: string) => Promise<void>;
  /** Whether it is gone. */
  remove: (id: string) => Promise<boolean>;
  /** Takes in what is newly known of a conversation. */
  upsert: (conversation: Conversation) => void;
  dismissProblem: () => void;
};

type Known = {
  conversations: readonly Conversation[];
  /** Where the next page begins; null where there is none. */
  cursor: string | null;
  pages: number;
};

export function useConversationList(): ConversationList {
  const [known, setKnown] = useState<Known>({ conversations: [], cursor: null, pages: 0 });
  const [problem, setProblem] = useState<string | null>(null);
  const { turnedAway } = useAccount();

  const upsert = useCallback((conversation: Conversation) => {
    setKnown((it) => ({ ...it, conversations: newestFirst([...it.conversations, conversation]) }));
  }, []);

  const refresh = useCallback(async () => {
    try {
      const page = await api.listConversations(null);
      setKnown((it) => withNewestPage(it, page));
      setProblem(null);
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  }, []);

  useEffect(() => {
    if (turnedAway !== null) return;
    const seen = () => {
      if (document.visibilityState === "visible") void refresh(); // says itself what went wrong
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("online", seen);
    };
  }, [refresh, turnedAway]);

  /** Runs `work`; where it fails, says so and answers false. */
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      setProblem(null);
      return true;
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
      return false;
    }
  };

  return {
    conversations: known.conversations,
    more: known.pages === 0 ? null : known.cursor !== null,
    problem,
    upsert,
    async loadMore() {
      await attempt(async () => {
        const { conversations, pagination } = await api.listConversations(known.cursor);
        setKnown((it) => ({
          conversations: newestFirst([...it.conversations, ...conversations]),
          cursor: pagination.next_cursor,
          pages: it.pages + 1,
        }));
      });
    },
    async rename(id, title) {
      await attempt(async () => upsert(await api.renameConversation(id, title)));
    },
    remove: (id) =>
      attempt(async () => {
        await api.deleteConversation(id);
        setKnown((it) => ({
          ...it,
          conversations: it.conversations.filter((one) => one.id !== id),
        }));
      }),
    dismissProblem: () => setProblem(null),
  };
}

/** Of what is as new as the newest page, only what is on it is still there; older ones stay. */
function withNewestPage(known: Known, { conversations, pagination }: api.ConversationPage): Known {
  const oldest = conversations.at(-1)?.updated_at ?? "";
  const there = new Set(conversations.map(({ id }) => id));
  const adjoins = known.conversations.some(({ id }) => there.has(id));
  const kept = known.conversations.filter(
    (it) => there.has(it.id) || (adjoins && pagination.has_more && it.updated_at < oldest),
  );
  const paged = adjoins && known.pages > 1;
  return {
    conversations: newestFirst([...conversations, ...kept]),
    cursor: paged ? known.cursor : pagination.next_cursor,
    pages: paged ? known.pages : 1,
  };
}

/** Each once, as it was last changed. */
function newestFirst(conversations: readonly Conversation[]): Conversation[] {
  const byId = new Map<string, Conversation>();
  for (const conversation of conversations) {
    const known = byId.get(conversation.id);
    if (known === undefined || known.updated_at <= conversation.updated_at)
      byId.set(conversation.id, conversation);
  }
  return [...byId.values()].toSorted(
    (a, b) => b.updated_at.localeCompare(a.updated_at) || b.id.localeCompare(a.id),
  );
}
