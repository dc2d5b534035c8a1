// What the page asks of memories, exports and imports over HTTP, typed.
import { IMPORTED } from "../api.ts";
import { request } from "../request.ts";

export type Memory = {
  id: string;
  text: string;
  enabled: boolean;
  /** Null for what was said here, in the settings. */
  source: { conversation_id: string; message_id: string } | null;
  created_at: string;
};

export type Memories = { memories: Memory[]; enabled: boolean };

/** All of them: there are at most a few hundred. */
export async function listMemories(): Promise<Memories> {
  const memories: Memory[] = [];
  for (;;) {
    const page = await request<Memories & { pagination: { has_more: boolean } }>(
      "GET",
      `/memories?limit=100&offset=${memories.length}`,
    );
    memories.push(...page.memories);
    if (!page.pagination.has_more || page.memories.length === 0)
      return { memories, enabled: page.enabled };
  }
}

export const addMemory = (text: string) => request<Memory>("POST", "/memories", { text });

export const changeMemory = (id: string, change: { text?: string; enabled?: boolean }) =>
  request<Memory>("PATCH", `/memories/${id}`, change);

export const deleteMemory = (id: string) => request<undefined>("DELETE", `/memories/${id}`);

export const setMemoryEnabled = (enabled: boolean) =>
  request<{ enabled: boolean }>("PUT", "/memories/settings", { enabled });

/** What was left out, or is otherwise than it was. */
export type Remark = { conversation: string; message?: string; reason: string };

export type Imported = {
  imported: { id: string; title: string | null; messages: number }[];
  skipped: Remark[];
  notes: Remark[];
  /** Why the file could not be read to its end; null where it could. */
  broke_off: string | null;
  totals: { conversations: number; messages: number; skipped: number; notes: number };
};

export async function importFile(file: File): Promise<Imported> {
  const imported = await request<Imported>("POST", "/import", file);
  dispatchEvent(new Event(IMPORTED));
  return imported;
}
