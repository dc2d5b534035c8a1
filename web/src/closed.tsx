// A conversation that takes no messages any more: completed by its owner, or archived by the clock.
import { useCallback } from "react";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { readMemory } from "./api.ts";
import { Remembered } from "./remembered.tsx";
import { t } from "./strings/translate.ts";
import { useLoaded } from "./use-loaded.ts";

type Props = { conversation: ConversationDetail; onReopen: () => void; onFork: () => void };

/** Stands where messages were written. */
export function Closed({ conversation: { status }, onReopen, onFork }: Props) {
  if (status === "archived")
    return (
      <div className="closed">
        <p>{t("closed.archived")}</p>
      </div>
    );
  return (
    <div className="closed">
      <p>{t("closed.completed")}</p>
      <button onClick={onReopen}>{t("closed.reopen")}</button>
      <button onClick={onFork}>{t("closed.fork")}</button>
    </div>
  );
}

/** What is left of a conversation whose messages are gone. */
export function Archived({ id }: { id: string }) {
  const load = useCallback(() => readMemory(id), [id]);
  const { loaded, problem } = useLoaded(load);
  return (
    <div className="archived">
      <h2>{t("memory.title")}</h2>
      {problem !== null && <p className="quiet">{problem}</p>}
      {loaded !== null && <Remembered remembered={loaded} />}
    </div>
  );
}
