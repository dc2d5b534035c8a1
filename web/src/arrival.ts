// What a link brought the reader here for. Read once and taken out of the address bar at once: a
// token in it works for whoever reads the history, too.

export type Arrival = {
  /** Tokens of links in mails; null where there was none. */
  reset: string | null;
  verify: string | null;
  invitation: string | null;
  /** The code of a sign-in elsewhere that failed. */
  sign_in_error: string | null;
  /** Set on the way back from signing in elsewhere. */
  signed_in: string | null;
};

export function takeArrival(): Arrival {
  const url = new URL(location.href);
  const take = (name: keyof Arrival) => {
    const value = url.searchParams.get(name);
    url.searchParams.delete(name);
    return value;
  };
  const arrival = {
    reset: take("reset"),
    verify: take("verify"),
    invitation: take("invitation"),
    sign_in_error: take("sign_in_error"),
    signed_in: take("signed_in"),
  };
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  return arrival;
}

/** Where to come back to from signing in elsewhere. */
export function returnPath(invitation: string | null): string {
  const brought = new URLSearchParams({ signed_in: "1" });
  if (invitation !== null) brought.set("invitation", invitation);
  return `${location.pathname}?${brought}`;
}
