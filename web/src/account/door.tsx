// The dialog that stands before the conversations, whichever it is.
import { forget, VISITOR } from "../account.ts";
import { useAccount } from "../use-account.ts";
import { t } from "../strings/translate.ts";
import { ConfirmEmail } from "./confirm-email.tsx";
import { Forgot } from "./forgot.tsx";
import { Invitation } from "./invitation.tsx";
import { Register } from "./register.tsx";
import { Reset } from "./reset.tsx";
import { Settings } from "./settings.tsx";
import { SignIn } from "./sign-in.tsx";
import { type View, whyTurnedAway } from "./view.ts";

type Props = {
  view: View | null;
  /** The token of an invitation that waits to be accepted. */
  invitation: string | null;
  show: (view: View | null) => void;
  onInvitationEnd: () => void;
  onSignOut: (all: boolean) => Promise<void>;
};

export function Door({ view, invitation, show, onInvitationEnd, onSignOut }: Props) {
  const { identity, turnedAway } = useAccount();
  const close = () => {
    show(null);
    if (identity === VISITOR) onInvitationEnd();
  };
  const onClose = turnedAway === null ? close : null;

  if (view?.name === "register")
    return <Register invitation={invitation} show={show} onClose={onClose} />;
  if (view?.name === "forgot") return <Forgot show={show} onClose={onClose} />;
  if (view?.name === "reset") return <Reset token={view.token} show={show} onClose={onClose} />;
  if (view?.name === "confirm")
    return <ConfirmEmail token={view.token} onClose={() => show(null)} />;

  const invited = invitation !== null && identity === VISITOR;
  if (turnedAway !== null || invited || view?.name === "sign-in") {
    const { said, wrong } = view?.name === "sign-in" ? view : {};
    const why = turnedAway !== null ? whyTurnedAway(turnedAway) : invited && t("sign-in.invited");
    return (
      <SignIn
        said={said ?? (why || undefined)}
        wrong={wrong}
        invitation={invitation}
        show={show}
        onClose={onClose}
        onLeave={turnedAway === "over" ? forget : null}
      />
    );
  }
  if (view?.name === "settings")
    return <Settings onClose={() => show(null)} onSignOut={onSignOut} />;
  return invitation === null ? null : <Invitation token={invitation} onClose={onInvitationEnd} />;
}
