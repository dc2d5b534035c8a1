// Making an account, and being signed in to it.
import { signIn } from "../account.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { register } from "./calls.ts";
import type { View } from "./view.ts";

type Props = {
  /** Lets its addressee in where nobody else may register. */
  invitation: string | null;
  show: (view: View | null) => void;
  onClose: (() => void) | null;
};

export function Register({ invitation, show, onClose }: Props) {
  const state = useForm(async ({ full_name = "", email = "", password = "" }) => {
    const name = full_name.trim();
    await register({
      email,
      password,
      ...(name === "" ? {} : { full_name: name }),
      ...(invitation === null ? {} : { invitation }),
    });
    await signIn(email, password);
    show(null);
  });
  return (
    <Modal title={t("register.title")} className="door" onClose={onClose}>
      <Form state={state} submit={t("register.submit")}>
        <Field
          name="full_name"
          label={t("register.name")}
          autoComplete="name"
          problems={state.problems}
        />
        <Field
          name="email"
          type="email"
          label={t("register.email")}
          autoComplete="email"
          required
          problems={state.problems}
        />
        <Field
          name="password"
          type="password"
          label={t("register.password")}
          hint={t("register.password.hint")}
          autoComplete="new-password"
          minLength={8}
          required
          problems={state.problems}
        />
      </Form>
      <p className="ways">
        <button className="plain" onClick={() => show({ name: "sign-in" })}>
          {t("register.known")}
        </button>
      </p>
    </Modal>
  );
}
