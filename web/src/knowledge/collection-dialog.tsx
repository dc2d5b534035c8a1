// Makes a collection, or changes one: its name, who reads it, how answers are found in it.
import { useId } from "react";
import type { PATTERNS, VISIBILITIES } from "../../../src/protocol/knowledge.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { pathOfShelf } from "../use-route.ts";
import { changeCollection, type Collection, makeCollection } from "./calls.ts";

const READERS = ["private", "organisation", "public"] as const satisfies typeof VISIBILITIES;
const WAYS = [
  "advanced",
  "naive",
  "modular",
  "agentic",
] as const satisfies readonly (typeof PATTERNS)[number][];

type Props = {
  /** Null for a new one. */
  collection: Collection | null;
  onSaved: (collection: Collection) => void;
  /** Asks first. */
  onDelete: (collection: Collection) => void;
  onClose: () => void;
};

export function CollectionDialog({ collection, onSaved, onDelete, onClose }: Props) {
  const state = useForm(async ({ name = "", visibility, pattern }) => {
    const settings = {
      name,
      visibility: READERS.find((it) => it === visibility) ?? "private",
      pattern: WAYS.find((it) => it === pattern) ?? "advanced",
    };
    onSaved(
      await (collection === null
        ? makeCollection(settings)
        : changeCollection(collection.id, settings)),
    );
  });
  return (
    <Modal
      title={collection === null ? t("collection.new") : t("collection.title")}
      className="door broad"
      onClose={onClose}
    >
      <Form state={state} submit={t(collection === null ? "collection.make" : "profile.submit")}>
        <Field
          name="name"
          label={t("collection.name")}
          defaultValue={collection?.name}
          maxLength={100}
          autoComplete="off"
          required
          problems={state.problems}
        />
        <Choice
          name="visibility"
          label={t("collection.readers")}
          chosen={collection?.visibility ?? "private"}
          options={READERS.map((value) => ({
            value,
            label: t(`visibility.${value}`),
            hint: t(`visibility.${value}.hint`),
          }))}
        />
        <Choice
          name="pattern"
          label={t("collection.pattern")}
          chosen={collection?.pattern ?? "advanced"}
          options={WAYS.map((value) => ({
            value,
            label: t(`pattern.${value}`),
            hint: t(`pattern.${value}.hint`),
          }))}
        />
        {collection?.visibility === "public" && (
          <Field
            name="address"
            label={t("collection.address")}
            value={location.origin + pathOfShelf(collection.id)}
            readOnly
            required
            onFocus={({ target }) => target.select()}
            problems={state.problems}
          />
        )}
      </Form>
      {collection !== null && (
        <div className="ending">
          <button type="button" onClick={() => onDelete(collection)}>
            {t("collection.delete")}
          </button>
        </div>
      )}
    </Modal>
  );
}

type ChoiceProps = {
  name: string;
  label: string;
  chosen: string;
  options: readonly { value: string; label: string; hint: string }[];
};

function Choice({ name, label, chosen, options }: ChoiceProps) {
  const id = useId();
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      {options.map(({ value, label: called, hint }) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            defaultChecked={value === chosen}
            aria-labelledby={`${id}${value}`}
            aria-describedby={`${id}${value}hint`}
          />
          <span>
            <span id={`${id}${value}`}>{called}</span>{" "}
            <span id={`${id}${value}hint`} className="aside">
              {hint}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
