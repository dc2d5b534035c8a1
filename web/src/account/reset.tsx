// Choosing a new password with the token of a link.
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { resetPassword } from "./calls.ts";
import type { View } from "./view.ts";

type Props = {
  token: string;
  show: (view: View | null) => void;
  onClose: (() => void) | null;
};

export function Reset({ token, show, onClose }: Props) {
  const state = useForm(async ({ new_password = "" }) => {
    await resetPassword(token, new_password);
    show({ name: "sign-in", said: t("sign-in.reset") });
  });
  return (
    <Modal title={t("reset.title")} className="door" onClose={onClose}>
      <p>{t("reset.text")}</p>
      <Form state={state} submit={t("reset.submit")}>
        <Field
          name="new_password"
          type="password"
          label={t("reset.password")}
          hint={t("register.password.hint")}
          autoComplete="new-password"
          minLength={8}
          required
          problems={state.problems}
        />
      </Form>
      <p className="ways">
        <button className="plain" onClick={() => show({ name: "forgot" })}>
          {t("reset.again")}
        </button>
      </p>
    </Modal>
  );
}
