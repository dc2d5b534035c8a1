// Work that only one tab may do at a time: a refresh token counts once, and cookies are everybody's.

const LOCK = "edgewise.session";
let last: Promise<unknown> = Promise.resolve();

/** Runs `work` when no other runs. Not reentrant: what `work` awaits must not come here again. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  if ("locks" in navigator) return navigator.locks.request(LOCK, work);
  // Plain http to another machine knows no locks: then at least one at a time in this tab.
  const turn = last.then(work, work);
  last = turn.catch(() => undefined);
  return turn;
}
