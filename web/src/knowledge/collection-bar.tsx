// Which collection is shown; a new one, and how the one that is shown is set.
import { useState } from "react";
import { GearIcon, PlusIcon } from "../icons.tsx";
import { Tool } from "../message-tools.tsx";
import { t } from "../strings/translate.ts";
import type { Collection } from "./calls.ts";
import { CollectionDialog } from "./collection-dialog.tsx";

type Props = {
  collections: readonly Collection[];
  shown: string | null;
  /** Null also where it is not known. */
  current: Collection | null;
  onShow: (id: string | null) => void;
  onChange: (collection: Collection) => void;
  onDelete: (collection: Collection) => void;
};

export function CollectionBar({ collections, shown, current, onShow, onChange, onDelete }: Props) {
  const [open, setOpen] = useState<"new" | "settings" | null>(null);
  return (
    <div className="shelf">
      <select
        aria-label={t("collection.label")}
        value={shown ?? ""}
        onChange={({ target }) => onShow(target.value === "" ? null : target.value)}
      >
        <option value="">{t("collection.all")}</option>
        {collections.map((it) => (
          <option key={it.id} value={it.id}>
            {labelOf(it)}
          </option>
        ))}
        {shown !== null && current === null && (
          <option value={shown}>{t("collection.unknown")}</option>
        )}
      </select>
      {current !== null && (
        <Tool
          label={t("collection.settings", { name: current.name })}
          onClick={() => setOpen("settings")}
        >
          <GearIcon />
        </Tool>
      )}
      <Tool label={t("collection.new")} onClick={() => setOpen("new")}>
        <PlusIcon />
      </Tool>
      {open !== null && (
        <CollectionDialog
          collection={open === "new" ? null : current}
          onSaved={(collection) => {
            setOpen(null);
            onChange(collection);
            if (open === "new") onShow(collection.id);
          }}
          onDelete={(collection) => {
            setOpen(null);
            onDelete(collection);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

function labelOf({ name, documents, visibility }: Collection): string {
  const counted = documents === undefined ? name : t("collection.counted", { name, documents });
  return visibility === "private" ? counted : `${counted} · ${t(`visibility.${visibility}.short`)}`;
}
