// Files on their way to the server, one after the other. What is under way goes on when the reader leaves
// the view.
import { useEffect, useRef, useState } from "react";
import { newKey } from "../../../client/http.ts";
import type { Document } from "../../../client/types.ts";
import { account } from "../account.ts";
import { sentenceOf } from "../http.ts";
import { edgewise } from "../request.ts";
import { t } from "../strings/translate.ts";
import { into } from "./calls.ts";

export type Upload = {
  key: string;
  file: File;
  collection: string | null;
  state: "waiting" | "sending" | "failed" | "known";
  /** What to say of it; null while there is nothing to say. */
  says: string | null;
};

type Uploads = {
  uploads: readonly Upload[];
  /** @param collection null: into one's own */
  bring: (files: readonly File[], collection: string | null) => void;
  again: (key: string) => void;
  dismiss: (key: string) => void;
};

/** @param onDone called when none is on its way any more */
export function useUploads(onBrought: (document: Document) => void, onDone: () => void): Uploads {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const waiting = useRef<Upload[]>([]);
  const sending = useRef(false);
  /** Whose files these are: nobody else's they become. */
  const [who] = useState(() => account().identity);
  const told = useRef({ onBrought, onDone });
  useEffect(() => {
    told.current = { onBrought, onDone };
  });

  const set = (key: string, change: Partial<Upload>) =>
    setUploads((them) => them.map((it) => (it.key === key ? { ...it, ...change } : it)));
  const dismiss = (key: string) => {
    waiting.current = waiting.current.filter((it) => it.key !== key);
    setUploads((them) => them.filter((it) => it.key !== key));
  };

  async function send({ key, file, collection }: Upload): Promise<void> {
    set(key, { state: "sending", says: null });
    try {
      const document = await edgewise.documents.create({ file, ...into(collection) });
      told.current.onBrought(document);
      // What is new is never indexed at once.
      if (document.status !== "indexed") return dismiss(key);
      const says =
        document.name === file.name
          ? t("upload.known")
          : t("upload.known.as", { as: document.name });
      set(key, { state: "known", says });
    } catch (thrown) {
      set(key, { state: "failed", says: sentenceOf(thrown) });
    }
  }

  async function sendAll(): Promise<void> {
    if (sending.current) return;
    sending.current = true;
    for (let next = waiting.current.shift(); next; next = waiting.current.shift())
      if (account().identity === who) await send(next);
    sending.current = false;
    told.current.onDone();
  }

  const add = (more: readonly Upload[]) => {
    waiting.current.push(...more);
    void sendAll(); // shows its own failures
  };

  return {
    uploads,
    bring(files, collection) {
      const more = files.map((file): Upload => ({
        key: newKey(),
        file,
        collection,
        state: "waiting",
        says: null,
      }));
      setUploads((them) => [...them, ...more]);
      add(more);
    },
    again(key) {
      const failed = uploads.find((it) => it.key === key);
      if (failed === undefined) return;
      set(key, { state: "waiting", says: null });
      add([failed]);
    },
    dismiss,
  };
}
