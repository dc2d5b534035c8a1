// Changing one's password.
import { useState } from "react";
import type { User } from "../../../src/protocol/account.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { t } from "../strings/translate.ts";
import { changePassword } from "./calls.ts";

export function PasswordForm({ user }: { user: User }) {
  const [changes, setChanges] = useState(0);
  const [done, setDone] = useState(false);
  const state = useForm(async ({ current_password = "", new_password = "" }) => {
    setDone(false);
    await changePassword(current_password, new_password);
    setChanges((it) => it + 1); // the fields begin anew, empty
    setDone(true);
  });
  return (
    <section aria-labelledby="settings-password">
      <h3 id="settings-password">{t("password.title")}</h3>
      <Form
        state={state}
        submit={t("password.submit")}
        done={done && !state.busy ? t("password.done") : null}
      >
        {/* Tells a password manager whose password it is. */}
        <input
          className="unseen"
          type="text"
          autoComplete="username"
          value={user.email ?? user.username ?? ""}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        <Field
          key={`current ${changes}`}
          name="current_password"
          type="password"
          label={t("password.current")}
          autoComplete="current-password"
          required
          problems={state.problems}
        />
        <Field
          key={`new ${changes}`}
          name="new_password"
          type="password"
          label={t("password.new")}
          hint={t("register.password.hint")}
          autoComplete="new-password"
          minLength={8}
          required
          problems={state.problems}
        />
      </Form>
    </section>
  );
}
