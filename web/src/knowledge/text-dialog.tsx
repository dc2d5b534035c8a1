// Brings a text that is pasted or written here.
import { useId } from "react";
import type { Document } from "../../../client/types.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { edgewise } from "../request.ts";
import { t } from "../strings/translate.ts";
import { into } from "./calls.ts";

type Props = {
  collection: string | null;
  onBrought: (document: Document) => void;
  onClose: () => void;
};

export function TextDialog({ collection, onBrought, onClose }: Props) {
  const text = useId();
  const state = useForm(async ({ name = "", text: said = "" }) => {
    onBrought(await edgewise.documents.create({ name, text: said, ...into(collection) }));
    onClose();
  });
  const problem = state.problems["text"];
  return (
    <Modal title={t("bring.text")} className="door broad" onClose={onClose}>
      <Form state={state} submit={t("bring.submit")}>
        <Field
          name="name"
          label={t("bring.text.name")}
          hint={t("bring.text.name.hint")}
          maxLength={255}
          autoComplete="off"
          required
          problems={state.problems}
        />
        <div className="labelled">
          <label htmlFor={text}>{t("bring.text.label")}</label>
          <textarea
            id={text}
            name="text"
            rows={10}
            dir="auto"
            required
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${text}problem`}
          />
          {problem !== undefined && (
            <p id={`${text}problem`} className="wrong">
              {problem}
            </p>
          )}
        </div>
      </Form>
    </Modal>
  );
}
