// Words that say nothing of what a question is about. English only: elsewhere, and for whatever else is
// everywhere in an index, the index's own statistics tell.

const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a about above after again against all also am an and any are as at be because been before being below " +
    "between both but by can cannot could did do does doing down during each either few for from further had " +
    "has have having he her here hers him his how i if in into is it its itself just me more most must my no " +
    "nor not of off on once only or other our ours out over own please same shall she should so some such than " +
    "that the their theirs them then there these they this those through to too under until up us very was we " +
    "were what when where whether which while who whom whose why will with would you your yours " +
    // What an apostrophe leaves behind.
    "d ll m re s t ve don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn"
  ).split(" "),
);

/** @param word folded */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}
