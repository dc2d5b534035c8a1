// The settings, a part for each thing; a visitor's are those that need no account.
import { VISITOR } from "../account.ts";
import { useAccount } from "../use-account.ts";
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import { ApiKeys } from "./api-keys.tsx";
import { Memories } from "./memories.tsx";
import { PasswordForm } from "./password-form.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { Sessions } from "./sessions.tsx";
import { Transfer } from "./transfer.tsx";

type Props = { onClose: () => void; onSignOut: (all: boolean) => Promise<void> };

export function Settings({ onClose, onSignOut }: Props) {
  const { user, identity } = useAccount();
  return (
    <Modal title={t("settings.title")} className="settings" onClose={onClose}>
      {user === null && identity !== VISITOR && <p role="status">{t("account.loading")}</p>}
      {user !== null && <ProfileForm user={user} />}
      {(user !== null || identity === VISITOR) && (
        <>
          <Memories />
          <Transfer />
        </>
      )}
      {user !== null && (
        <>
          <PasswordForm user={user} />
          <ApiKeys />
          <Sessions onSignOut={onSignOut} />
        </>
      )}
    </Modal>
  );
}
