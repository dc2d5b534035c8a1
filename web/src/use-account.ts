// Who the page acts for, as React sees it.
import { useSyncExternalStore } from "react";
import { type Account, account, onAccount } from "./account.ts";

export const useAccount = (): Account => useSyncExternalStore(onAccount, account);
