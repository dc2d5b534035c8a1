// What is remembered of somebody in all their conversations: theirs to see, correct and take back.
import { type FormEvent, useState } from "react";
import { sentenceOf } from "../http.ts";
import { Problem } from "../problem.tsx";
import { t } from "../strings/translate.ts";
import { useLoaded } from "../use-loaded.ts";
import {
  addMemory,
  changeMemory,
  deleteMemory,
  listMemories,
  type Memory,
  setMemoryEnabled,
} from "./memory-calls.ts";
import { MemoryRow } from "./memory-row.tsx";

export function Memories() {
  const { loaded, change, problem, setProblem } = useLoaded(listMemories);
  const [text, setText] = useState("");

  /** Whether it went well; shows its own failure. */
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
  const put = (memory: Memory) =>
    change(({ memories, enabled }) => {
      const known = memories.some(({ id }) => id === memory.id);
      const others = memories.map((it) => (it.id === memory.id ? memory : it));
      return { enabled, memories: known ? others : [memory, ...memories] };
    });
  const add = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      put(await addMemory(text));
      setText("");
    });
  };
  const all = (enabled: boolean) =>
    void attempt(async () => {
      await setMemoryEnabled(enabled);
      change((it) => ({ ...it, enabled }));
    });

  return (
    <section aria-labelledby="settings-memories">
      <h3 id="settings-memories">{t("memories.title")}</h3>
      <p>{t("memories.text")}</p>
      <Problem text={problem} onDismiss={() => setProblem(null)} />
      {loaded !== null && (
        <>
          <label className="switch">
            <input
              type="checkbox"
              role="switch"
              checked={loaded.enabled}
              onChange={(event) => all(event.target.checked)}
            />
            {t("memories.enabled")}
          </label>
          {loaded.memories.length === 0 && <p className="aside">{t("memories.none")}</p>}
          {loaded.memories.length > 0 && (
            <ul className="entries memories" aria-labelledby="settings-memories">
              {loaded.memories.map((memory) => (
                <MemoryRow
                  key={memory.id}
                  memory={memory}
                  onChange={(it) => attempt(async () => put(await changeMemory(memory.id, it)))}
                  onDelete={() =>
                    attempt(async () => {
                      await deleteMemory(memory.id);
                      change(({ memories, enabled }) => ({
                        enabled,
                        memories: memories.filter(({ id }) => id !== memory.id),
                      }));
                    })
                  }
                />
              ))}
            </ul>
          )}
          <form className="add" onSubmit={add}>
            <input
              value={text}
              maxLength={500}
              dir="auto"
              aria-label={t("memories.new")}
              placeholder={t("memories.new")}
              onChange={(event) => setText(event.target.value)}
            />
            <button type="submit" disabled={text.trim() === ""}>
              {t("memories.add")}
            </button>
          </form>
        </>
      )}
    </section>
  );
}
