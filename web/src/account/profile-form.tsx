// One's name, username and email.
import { useState } from "react";
import type { User } from "../../../src/protocol/account.ts";
import { userChanged } from "../account.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { t } from "../strings/translate.ts";
import { changeProfile } from "./calls.ts";
import { Unconfirmed } from "./unconfirmed.tsx";

export function ProfileForm({ user }: { user: User }) {
  const [saved, setSaved] = useState(false);
  const state = useForm(async ({ full_name = "", username = "", email = "" }) => {
    setSaved(false);
    const change = {
      full_name: full_name.trim() || null,
      username: username.trim() || null,
      ...(email === (user.email ?? "") ? {} : { email }),
    };
    userChanged(await changeProfile(change));
    setSaved(true);
  });
  return (
    <section aria-labelledby="settings-profile">
      <h3 id="settings-profile">{t("profile.title")}</h3>
      <Form
        state={state}
        submit={t("profile.submit")}
        done={saved && !state.busy ? t("form.saved") : null}
      >
        <Field
          name="full_name"
          label={t("profile.name")}
          defaultValue={user.full_name ?? ""}
          autoComplete="name"
          problems={state.problems}
        />
        <Field
          name="username"
          label={t("profile.username")}
          hint={t("profile.username.hint")}
          defaultValue={user.username ?? ""}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          problems={state.problems}
        />
        <Field
          name="email"
          type="email"
          label={t("profile.email")}
          defaultValue={user.email ?? ""}
          autoComplete="email"
          required={user.email !== null}
          problems={state.problems}
        />
        {user.email !== null && !user.email_verified && <Unconfirmed key={user.email} />}
      </Form>
    </section>
  );
}
