// Who is signed in, at the foot of the conversations, and what they can do about it.
import { useId, useRef, useState } from "react";
import type { Account } from "../account.ts";
import { VISITOR } from "../account.ts";
import { GearIcon, PersonIcon } from "../icons.tsx";
import type { Organisation } from "../session-mark.ts";
import { t } from "../strings/translate.ts";
import { Organisations } from "./organisations.tsx";

type Props = {
  account: Account;
  onSignIn: () => void;
  onSettings: () => void;
  /** Null: to act for oneself. */
  onSwitch: (to: Organisation | null) => void;
  onSignOut: () => void;
};

export function AccountCorner({ account, onSignIn, onSettings, onSwitch, onSignOut }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const id = useId();
  const [open, setOpen] = useState(false);

  if (account.identity === VISITOR)
    return (
      <div className="corner visitor">
        <button className="who" onClick={onSignIn}>
          <PersonIcon />
          {t("account.sign-in")}
        </button>
        <button
          className="icon"
          aria-label={t("account.settings")}
          title={t("account.settings")}
          onClick={onSettings}
        >
          <GearIcon />
        </button>
      </div>
    );

  const { user, organisation } = account;
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
        <span dir="auto">
          {name}
          {organisation !== null && <small dir="auto">{organisation.name}</small>}
        </span>
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="menu-card"
        onToggle={(event) => {
          setOpen(event.newState === "open");
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
        {open && <Organisations onSwitch={(to) => choose(() => onSwitch(to))()} />}
        <button ref={first} onClick={choose(onSettings)}>
          {t("account.settings")}
        </button>
        <button onClick={choose(onSignOut)}>{t("account.sign-out")}</button>
      </div>
    </div>
  );
}
