// The reader's conversations, newest first, what is pinned apart: a page at a time, refreshed when the
// reader comes back.
import { useCallback, useEffect, useState } from "react";
import type { ConversationPage } from "../../client/conversations.ts";
import type { ConversationChange } from "../../client/types.ts";
import type { Conversation } from "../../src/protocol/conversation.ts";
import * as api from "./api.ts";
import { sentenceOf } from "./http.ts";
import { edgewise } from "./request.ts";
import { useAccount } from "./use-account.ts";

export type ConversationList = {
  filters: api.Filters;
  setFilters: (filters: api.Filters) => void;
  /** Every one that is known, whatever the filters. */
  find: (id: string | null) => Conversation | undefined;
  pinned: readonly Conversation[];
  others: readonly Conversation[];
  /** Null while the first page has not come. */
  more: boolean | null;
  problem: string | null;
  loadMore: () => Promise<void>;
  /** @param seen the title that it replaces. Null where it is done, or has failed. */
  rename: (id: string, seen: string | null, title: string) => Promise<Taken | null>;
  change: (id: string, change: ConversationChange) => Promise<void>;
  /** Whether it is gone. */
  remove: (id: string) => Promise<boolean>;
  /** Takes in what is newly known of a conversation. */
  upsert: (conversation: Conversation) => void;
  dismissProblem: () => void;
};

/** The title that somebody else gave it meanwhile. */
export type Taken = { title: string | null };

type Known = {
  conversations: readonly Conversation[];
  /** Where the next page begins; null where there is none. */
  cursor: string | null;
  pages: number;
};

const NOTHING: Known = { conversations: [], cursor: null, pages: 0 };
export const UNFILTERED: api.Filters = { tag: null, status: null };

export function useConversationList(): ConversationList {
  const [known, setKnown] = useState<Known>(NOTHING);
  const [filters, setFilters] = useState(UNFILTERED);
  const [problem, setProblem] = useState<string | null>(null);
  const { turnedAway } = useAccount();

  const upsert = useCallback((conversation: Conversation) => {
    setKnown((it) => ({ ...it, conversations: newestFirst([...it.conversations, conversation]) }));
  }, []);

  useEffect(() => {
    if (turnedAway !== null) return;
    let here = true;
    const refresh = async () => {
      try {
        const [pinned, page] = [await readPinned(filters), await list(filters, null)];
        if (!here) return;
        setKnown((it) => withNewest(it, pinned, page));
        setProblem(null);
      } catch (thrown) {
        if (here) setProblem(sentenceOf(thrown));
      }
    };
    const seen = () => {
      if (document.visibilityState === "visible") void refresh(); // says itself what went wrong
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    addEventListener(api.IMPORTED, seen);
    return () => {
      here = false;
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("online", seen);
      removeEventListener(api.IMPORTED, seen);
    };
  }, [filters, turnedAway]);

  /** Runs `work`; where it fails, says so and answers null. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      const done = await work();
      setProblem(null);
      return done;
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
      return null;
    }
  };

  const shown = known.conversations.filter((it) => matches(it, filters));
  return {
    filters,
    setFilters(chosen) {
      setKnown((it) => ({ ...it, cursor: null, pages: 0 }));
      setFilters(chosen);
    },
    find: (id) => known.conversations.find((it) => it.id === id),
    pinned: shown.filter(({ pinned }) => pinned),
    others: shown.filter(({ pinned }) => !pinned),
    more: known.pages === 0 ? null : known.cursor !== null,
    problem,
    upsert,
    async loadMore() {
      await attempt(async () => {
        const { conversations, pagination } = await list(filters, known.cursor);
        setKnown((it) => ({
          conversations: newestFirst([...it.conversations, ...conversations]),
          cursor: pagination.next_cursor,
          pages: it.pages + 1,
        }));
      });
    },
    rename: (id, seen, title) =>
      attempt(async () => {
        const renamed = await api.renameConversation(id, seen, title);
        if ("taken" in renamed) return { title: renamed.taken };
        upsert(renamed.conversation);
        return null;
      }),
    async change(id, change) {
      await attempt(async () => upsert(await edgewise.conversations.update(id, change)));
    },
    remove: async (id) =>
      (await attempt(async () => {
        await edgewise.conversations.delete(id);
        setKnown((it) => ({
          ...it,
          conversations: it.conversations.filter((one) => one.id !== id),
        }));
        return true;
      })) ?? false,
    dismissProblem: () => setProblem(null),
  };
}

const list = (filters: api.Filters, cursor: string | null) =>
  api.listConversations(filters, false, cursor);

async function readPinned(filters: api.Filters): Promise<Conversation[]> {
  const pinned: Conversation[] = [];
  let cursor: string | null = null;
  do {
    const { conversations, pagination }: ConversationPage = await api.listConversations(
      filters,
      true,
      cursor,
    );
    pinned.push(...conversations);
    cursor = pagination.next_cursor;
  } while (cursor !== null);
  return pinned;
}

function matches({ tags, status }: Conversation, filters: api.Filters): boolean {
  if (filters.tag !== null && !tags.includes(filters.tag)) return false;
  return filters.status === null || status === filters.status;
}

/** Of what is as new as the newest page, only what is on it is still there; older ones stay. */
function withNewest(
  known: Known,
  pinned: readonly Conversation[],
  { conversations, pagination }: ConversationPage,
): Known {
  const oldest = conversations.at(-1)?.updated_at ?? "";
  const there = new Set([...pinned, ...conversations].map(({ id }) => id));
  const adjoins = known.pages > 0 && known.conversations.some(({ id }) => there.has(id));
  const kept = known.conversations.filter(
    (it) =>
      there.has(it.id) || (adjoins && !it.pinned && pagination.has_more && it.updated_at < oldest),
  );
  const paged = adjoins && known.pages > 1;
  return {
    conversations: newestFirst([...pinned, ...conversations, ...kept]),
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
