// Accepts an invitation in the name of whoever is signed in.
import { t } from "../strings/translate.ts";
import { acceptInvitation } from "./calls.ts";
import { OutcomeDialog } from "./outcome-dialog.tsx";
import { useOutcome } from "./use-outcome.ts";

export function Invitation({ token, onClose }: { token: string; onClose: () => void }) {
  const outcome = useOutcome(async () => {
    const { name } = await acceptInvitation(token);
    return t("invitation.done", { organisation: name });
  });
  return (
    <OutcomeDialog
      title={t("invitation.title")}
      working={t("invitation.working")}
      outcome={outcome}
      onClose={onClose}
    />
  );
}
