// Makes an API key.
import { useId } from "react";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { t } from "../strings/translate.ts";
import { makeKey, type NewApiKey } from "./calls.ts";

export function NewKeyForm({ onMade }: { onMade: (made: NewApiKey) => void }) {
  const lifetime = useId();
  const state = useForm(async ({ name = "", expires_in_days = "" }) => {
    onMade(await makeKey(name, expires_in_days === "" ? null : Number(expires_in_days)));
  });
  return (
    <Form state={state} submit={t("keys.submit")}>
      <div className="beside">
        <Field
          name="name"
          label={t("keys.name")}
          autoComplete="off"
          required
          problems={state.problems}
        />
        <div className="labelled">
          <label htmlFor={lifetime}>{t("keys.lifetime")}</label>
          <select id={lifetime} name="expires_in_days" defaultValue="90">
            <option value="30">{t("keys.days", { days: 30 })}</option>
            <option value="90">{t("keys.days", { days: 90 })}</option>
            <option value="365">{t("keys.year")}</option>
            <option value="">{t("keys.never")}</option>
          </select>
        </div>
      </div>
    </Form>
  );
}
