// Whether a conversation is answered from documents, and from which: a switch below what is written.
import { useCallback, useId, useState } from "react";
import type { Answering as Chosen } from "../api.ts";
import { ChevronIcon } from "../icons.tsx";
import { t } from "../strings/translate.ts";
import { useLoaded } from "../use-loaded.ts";
import { pathOfShelf } from "../use-route.ts";
import { listCollections, readCollection } from "./calls.ts";

type Props = {
  answering: Chosen;
  onChange: (answering: Chosen) => void;
};

export function Answering({ answering, onChange }: Props) {
  const { use_rag, collections } = answering;
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <div className="answering">
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          checked={use_rag}
          onChange={({ target }) => onChange({ use_rag: target.checked, collections })}
        />
        {t("answering.label")}
      </label>
      {use_rag && (
        <>
          <button type="button" className="from" popoverTarget={id}>
            <span className="unseen">{t("answering.from")}: </span>
            <span dir="auto">
              <Scope collections={collections} />
            </span>
            <ChevronIcon />
          </button>
          <div
            id={id}
            popover="auto"
            className="menu-card scope"
            role="group"
            aria-label={t("answering.from")}
            onToggle={({ newState }) => setOpen(newState === "open")}
          >
            {open && (
              <Choices
                chosen={collections}
                onChoose={(them) => onChange({ use_rag, collections: them })}
              />
            )}
          </div>
        </>
      )}
    </div>
  );
}

function Scope({ collections }: { collections: readonly string[] | null }) {
  const [only, ...others] = collections ?? [];
  if (only === undefined) return t("answering.all");
  return others.length === 0 ? (
    <Named key={only} id={only} />
  ) : (
    t("answering.some", { count: others.length + 1 })
  );
}

function Named({ id }: { id: string }) {
  const { loaded, problem } = useLoaded(useCallback(() => readCollection(id), [id]));
  if (problem !== null) return t("collection.unknown");
  return loaded?.name ?? t("answering.some.one");
}

type ChoicesProps = {
  /** Null: all. */
  chosen: readonly string[] | null;
  onChoose: (chosen: string[] | null) => void;
};

function Choices({ chosen, onChoose }: ChoicesProps) {
  const { loaded, problem } = useLoaded(listCollections);
  const toggle = (id: string, on: boolean) => {
    const others = (chosen ?? []).filter((it) => it !== id);
    const them = on ? [...others, id] : others;
    onChoose(them.length === 0 ? null : them);
  };
  if (problem !== null) return <p className="aside">{problem}</p>;
  if (loaded === null) return <p className="aside">{t("thread.loading")}</p>;
  return (
    <>
      <label>
        <input
          type="checkbox"
          checked={chosen === null}
          autoFocus
          onChange={() => onChoose(null)}
        />
        {t("answering.all")}
      </label>
      {loaded.map(({ id, name, documents = 0 }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen?.includes(id) ?? false}
            onChange={({ target }) => toggle(id, target.checked)}
          />
          <span dir="auto">{name}</span>
          <small>{documents.toLocaleString()}</small>
        </label>
      ))}
      {loaded.every(({ documents }) => documents === 0) && (
        <p className="aside">{t("answering.none")}</p>
      )}
      <a href={pathOfShelf(null)}>{t("answering.bring")}</a>
    </>
  );
}
