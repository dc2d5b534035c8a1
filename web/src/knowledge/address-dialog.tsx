// Brings a document from an address.
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

export function AddressDialog({ collection, onBrought, onClose }: Props) {
  const state = useForm(async ({ url = "" }) => {
    onBrought(await edgewise.documents.create({ url: url.trim(), ...into(collection) }));
    onClose();
  });
  return (
    <Modal title={t("bring.address")} className="door" onClose={onClose}>
      <Form state={state} submit={t("bring.submit")}>
        <Field
          name="url"
          type="url"
          label={t("bring.address.label")}
          hint={t("bring.address.hint")}
          placeholder="https://"
          autoComplete="off"
          required
          problems={state.problems}
        />
      </Form>
    </Modal>
  );
}
