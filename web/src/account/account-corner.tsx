// Who is signed in, at the foot of the conversations, and what they can do about it.
import { useId, useRef } from "react";
import type { Account } from "../account.ts";
import { VISITOR } from "../account.ts";
import { PersonIcon } from "../icons.tsx";
import { t } from "../strings/translate.ts";

type Props = {
  account: Account;
  onSignIn: () => void;
  onSettings: () => void;
  onSignOut: () => void;
};

export function AccountCorner({ account, onSignIn, onSettings, onSignOut }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const id = useId();

  if (account.identity === VISITOR)
    return (
      <div className="corner">
        <button className="who" onClick={onSignIn}>
          <PersonIcon />
          {t("account.sign-in")}
        </button>
      </div>
    );

  const { user } = account;
  const email = user?.email ?? null;
  const name = user?.full_name ?? user?.username ?? email ?? t("account.unnamed");
  /** The button has the focus again before what comes takes it. */
  const choose = (act: () => void) => () => {
    menu.current?.hidePopover();
    act();
  };
  return (
    <div className="corner">
      <button className="who" popoverTarget={id} title={email ?? undefined}>
        <PersonIcon />
        <span dir="auto">{name}</span>
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="menu-card"
        onToggle={(event) => {
          if (event.newState === "open") first.current?.focus();
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.stopPropagation(); // the drawer below stays
        }}
      >
        {email !== null && email !== name && (
          <p className="aside" dir="auto">
            {email}
          </p>
        )}
        <button ref={first} onClick={choose(onSettings)}>
          {t("account.settings")}
        </button>
        <button onClick={choose(onSignOut)}>{t("account.sign-out")}</button>
      </div>
    </div>
  );
}
