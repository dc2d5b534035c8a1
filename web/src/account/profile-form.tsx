// One's name, username and email. Another email takes the password, and counts only when the link
// that is mailed there was followed.
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
  /** Asked for here, and not confirmed yet. */
  const [pending, setPending] = useState<string | null>(null);
  const [email, setEmail] = useState(user.email ?? "");
  const moves = email.toLowerCase() !== (user.email ?? "").toLowerCase();
  const state = useForm(async ({ full_name = "", username = "", current_password }) => {
    setSaved(false);
    const change = {
      full_name: full_name.trim() || null,
      username: username.trim() || null,
      ...(email === (user.email ?? "") ? {} : { email }),
      ...(current_password === undefined ? {} : { current_password }),
    };
    const { pending_email, ...changed } = await changeProfile(change);
    userChanged(changed);
    setEmail(changed.email ?? "");
    if (pending_email !== null) setPending(pending_email);
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
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          autoComplete="email"
          required={user.email !== null}
          problems={state.problems}
        />
        {moves && (
          <Field
            name="current_password"
            type="password"
            label={t("password.current")}
            hint={t("profile.password.hint")}
            autoComplete="current-password"
            required
            problems={state.problems}
          />
        )}
        {pending !== null && (
          <p className="aside" role="status" dir="auto">
            {user.email === null
              ? t("profile.pending.first", { email: pending })
              : t("profile.pending", { email: pending, old: user.email })}
          </p>
        )}
        {/* Of two links the newer counts: none to the old address while another is to be followed. */}
        {pending === null && user.email !== null && !user.email_verified && (
          <Unconfirmed key={user.email} />
        )}
      </Form>
    </section>
  );
}
