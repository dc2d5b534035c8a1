// JSON in what a model says: within code fences, between sentences, or broken off.

/** UTF-16 units that are looked at. */
const MOST_UNITS = 50_000;
/** Brackets that open nothing are tried this often: each costs a look at the rest. */
const MOST_ATTEMPTS = 100;

/**
 * The arrays and objects in `text`, outermost first, in their order. Of an array that broke off, what
 * it held whole.
 */
export function jsonIn(text: string): unknown[] {
  const within = text.slice(0, MOST_UNITS);
  const found: unknown[] = [];
  let attempts = 0;
  for (let at = nextOpening(within, 0); at >= 0 && attempts < MOST_ATTEMPTS;) {
    const end = endOf(within, at);
    const value = end < 0 ? undefined : parsed(within.slice(at, end));
    if (value === undefined) attempts++;
    else found.push(value);
    at = nextOpening(within, value === undefined ? at + 1 : end);
  }
  return found;
}

function nextOpening(text: string, from: number): number {
  const at = text.slice(from).search(/[[{]/);
  return at < 0 ? -1 : from + at;
}

/** Where the bracket at `at` is closed, outside of strings; -1 where it is not. */
function endOf(text: string, at: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = at; i < text.length; i++) {
    const unit = text[i];
    if (quoted) {
      if (unit === "\\") i++;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === "[" || unit === "{") depth++;
    else if ((unit === "]" || unit === "}") && --depth === 0) return i + 1;
  }
  return -1;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
