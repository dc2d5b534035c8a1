// Signing in: with a password, or with somebody else who knows the reader.
import { EdgewiseError } from "../../../client/error.ts";
import { signIn, VISITOR } from "../account.ts";
import { Field } from "../form/field.tsx";
import { Form } from "../form/form.tsx";
import { useForm } from "../form/use-form.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { useAccount } from "../use-account.ts";
import { Providers } from "./providers.tsx";
import type { View } from "./view.ts";

type Props = {
  /** Why the reader is here. */
  said: string | undefined;
  wrong: string | undefined;
  invitation: string | null;
  show: (view: View | null) => void;
  onClose: (() => void) | null;
  /** Where there is another way on. */
  onLeave: (() => void) | null;
};

export function SignIn({ said, wrong, invitation, show, onClose, onLeave }: Props) {
  const { identity, turnedAway } = useAccount();
  const state = useForm(async ({ username = "", password = "" }) => {
    try {
      await signIn(username, password);
      show(null);
    } catch (thrown) {
      if (!(thrown instanceof EdgewiseError) || thrown.code !== "AUTHENTICATION_ERROR")
        throw thrown;
      throw new EdgewiseError(thrown.code, t("sign-in.wrong"));
    }
  });
  return (
    <Modal title={t("sign-in.title")} className="door" onClose={onClose}>
      {said !== undefined && <p role="status">{said}</p>}
      {wrong !== undefined && (
        <p className="wrong" role="alert">
          {wrong}
        </p>
      )}
      <Providers invitation={invitation} />
      <Form state={state} submit={t("sign-in.submit")}>
        <Field
          name="username"
          label={t("sign-in.name")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          problems={state.problems}
        />
        <Field
          name="password"
          type="password"
          label={t("sign-in.password")}
          autoComplete="current-password"
          required
          problems={state.problems}
        />
      </Form>
      <p className="ways">
        <button className="plain" onClick={() => show({ name: "forgot" })}>
          {t("sign-in.forgot")}
        </button>
        <button className="plain" onClick={() => show({ name: "register" })}>
          {t("sign-in.register")}
        </button>
        {onLeave !== null && (
          <button className="plain" onClick={onLeave}>
            {t("sign-in.leave")}
          </button>
        )}
      </p>
      {identity === VISITOR && turnedAway === null && (
        <p className="aside">{t("sign-in.visitor")}</p>
      )}
    </Modal>
  );
}
