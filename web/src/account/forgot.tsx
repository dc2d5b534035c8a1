// Asking for a link to choose a new password. What it says is the same whether there is an account.
import { useState } from "react";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { askForReset } from "./calls.ts";
import type { View } from "./view.ts";

type Props = { show: (view: View | null) => void; onClose: (() => void) | null };

export function Forgot({ show, onClose }: Props) {
  const [sent, setSent] = useState(false);
  const state = useForm(async ({ email = "" }) => {
    setSent(false);
    await askForReset(email);
    setSent(true);
  });
  return (
    <Modal title={t("forgot.title")} className="door" onClose={onClose}>
      <p>{t("forgot.text")}</p>
      <Form
        state={state}
        submit={t("forgot.submit")}
        done={sent && !state.busy ? t("forgot.sent") : null}
      >
        <Field
          name="email"
          type="email"
          label={t("forgot.email")}
          autoComplete="email"
          required
          problems={state.problems}
        />
      </Form>
      <p className="ways">
        <button className="plain" onClick={() => show({ name: "sign-in" })}>
          {t("forgot.back")}
        </button>
      </p>
    </Modal>
  );
}
