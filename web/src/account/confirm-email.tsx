// Confirms an email address with the token of a link.
import { userChanged } from "../account.ts";
import { t } from "../strings/translate.ts";
import { confirmEmail } from "./calls.ts";
import { OutcomeDialog } from "./outcome-dialog.tsx";
import { useOutcome } from "./use-outcome.ts";

export function ConfirmEmail({ token, onClose }: { token: string; onClose: () => void }) {
  const outcome = useOutcome(async () => {
    userChanged(await confirmEmail(token));
    return t("confirm.done");
  });
  return (
    <OutcomeDialog
      title={t("confirm.title")}
      working={t("confirm.working")}
      outcome={outcome}
      onClose={onClose}
    />
  );
}
