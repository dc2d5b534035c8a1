// The page: the conversations of whom it acts for, and what stands before them while somebody signs in.
import { useState } from "react";
import { AccountCorner } from "./account/account-corner.tsx";
import { Door } from "./account/door.tsx";
import { firstView, type View } from "./account/view.ts";
import { signOut, switchTo } from "./account.ts";
import type { Arrival } from "./arrival.ts";
import { Chat } from "./chat.tsx";
import { sentenceOf } from "./http.ts";
import { Problem } from "./problem.tsx";
import { t } from "./strings/translate.ts";
import { useAccount } from "./use-account.ts";
import { useOwnRoute } from "./use-own-route.ts";

export function App({ arrival }: { arrival: Arrival }) {
  const account = useAccount();
  const route = useOwnRoute(account.identity);
  const [view, setView] = useState<View | null>(() => firstView(arrival));
  const [invitation, setInvitation] = useState(arrival.invitation);
  const [problem, setProblem] = useState<string | null>(null);

  const leave = async (all: boolean) => {
    await signOut(all);
    setView(null);
  };
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };

  if (account.identity === null)
    return (
      <p className="quiet" role="status">
        {t("account.loading")}
      </p>
    );
  return (
    <>
      <Chat
        key={account.identity}
        route={route}
        corner={
          <>
            <Problem text={problem} onDismiss={() => setProblem(null)} />
            <AccountCorner
              account={account}
              onSignIn={() => setView({ name: "sign-in" })}
              onSettings={() => setView({ name: "settings" })}
              // Both show their own failure.
              onSwitch={(to) => void attempt(() => switchTo(to))}
              onSignOut={() => void attempt(() => leave(false))}
            />
          </>
        }
      />
      <Door
        view={view}
        invitation={invitation}
        show={setView}
        onInvitationEnd={() => setInvitation(null)}
        onSignOut={leave}
      />
    </>
  );
}
