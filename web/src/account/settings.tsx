// The settings of an account, a part for each thing.
import { useAccount } from "../use-account.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { ApiKeys } from "./api-keys.tsx";
import { PasswordForm } from "./password-form.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { Sessions } from "./sessions.tsx";

type Props = { onClose: () => void; onSignOut: (all: boolean) => Promise<void> };

export function Settings({ onClose, onSignOut }: Props) {
  const { user } = useAccount();
  return (
    <Modal title={t("settings.title")} className="settings" onClose={onClose}>
      {user === null ? (
        <p role="status">{t("account.loading")}</p>
      ) : (
        <>
          <ProfileForm user={user} />
          <PasswordForm user={user} />
          <ApiKeys />
          <Sessions onSignOut={onSignOut} />
        </>
      )}
    </Modal>
  );
}
