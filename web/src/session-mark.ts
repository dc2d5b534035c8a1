// The mark that somebody is signed in, for every tab of this browser: who, and when their session is
// to be renewed. Nothing secret: what proves it is in cookies that no script can read.

export type Organisation = { id: string; name: string };

export type Mark = {
  user_id: string;
  /** Where they act; absent where that is for themselves. */
  organisation?: Organisation;
  /** Milliseconds since 1970. */
  renew_at: number;
};

const PLACE = "edgewise.session";

/** Where storage is forbidden, the mark lives as long as the page. */
let here: string | null = null;

/** The mark as it is written: another one after every sign-in and renewal. */
export function stamp(): string | null {
  try {
    return localStorage.getItem(PLACE) ?? here;
  } catch {
    return here;
  }
}

export function readMark(): Mark | null {
  try {
    const mark: Mark | null = JSON.parse(stamp() ?? "null");
    return mark;
  } catch {
    return null;
  }
}

export function writeMark(mark: Mark | null): void {
  const text = mark === null ? null : JSON.stringify(mark);
  here = null;
  try {
    if (text === null) localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, text);
  } catch {
    here = text;
  }
}

/** Calls `heard` when another tab has changed the mark. */
export function onMark(heard: () => void): void {
  addEventListener("storage", ({ key }) => {
    if (key === PLACE || key === null) heard();
  });
}
