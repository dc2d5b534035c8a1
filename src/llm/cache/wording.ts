// A question without its manners, and the few ways of asking that are one. Only what stands at its edges is
// manners: in the middle the same words may be what is asked about.
type Rule = readonly [RegExp, string];

const CONTRACTIONS: readonly Rule[] = [
  [/\b(?:can't|cannot)(?![\p{L}'])/gu, "can not"],
  [/\bwon't(?![\p{L}'])/gu, "will not"],
  [
    /\b(is|are|was|were|do|does|did|has|have|had|would|could|should|must|need|might)n't\b/g,
    "$1 not",
  ],
  [/\b(what|where|who|how|that|there|it|when|why|here|he|she)'s(?= )/g, "$1 is"],
  [/\bi'm\b/g, "i am"],
  [/\bi'd(?= like )/g, "i would"],
  [/\b(you|we|they|what|who|where)'re\b/g, "$1 are"],
  [/\b(i|you|we|they)'ve\b/g, "$1 have"],
  [/\b(i|you|we|they|he|she|it|that|what|who)'ll\b/g, "$1 will"],
];

const ASKS = "what|how|why|when|where|who|which";
const OPENS = `${ASKS}|is|are|was|were|do|does|did|can|could|will|would|should|has|have|please|quick question|i|tell|explain|excuse|sorry|may`;
const THANKS =
  "please|kindly|thanks|thank you|thx|cheers|many thanks|thanks a lot|thank you (?:so|very) much|thanks in advance|thank you in advance";

/** Each at the beginning, as often as one of them fits. */
const BEFORE: readonly RegExp[] = [
  new RegExp(
    `^(?:hi|hello|hey|good (?:morning|afternoon|evening|day))(?: there| all| everyone| team| assistant| bot)?(?: [,.])? (?=(?:${OPENS})\\b)`,
  ),
  new RegExp(
    `^(?:excuse me|pardon me|sorry(?: to (?:bother|disturb|trouble) you)?)(?: [,.])?(?: but)? (?=(?:${OPENS})\\b)`,
  ),
  /^(?:please|kindly) (?=\p{Ll})/u,
  /^(?:i have )?(?:a )?(?:quick|small|simple|short) question [,.:] /,
  /^(?:could|can|would|will) you (?:please|kindly) (?=\p{Ll})/u,
  new RegExp(
    `^(?:i was wondering if you could |(?:could|can|would|will) you )?(?:tell me|let me know|explain to me)(?: [,.])? (?=(?:${ASKS}) )`,
  ),
  /^(?:could|can|would|will) you (?=explain (?:what|how|why) )/,
  new RegExp(
    `^(?:i would like to know|i want to know|i was wondering|i am wondering|i wonder|do you know|may i ask|can i ask)(?: [,.])? (?=(?:${ASKS}) )`,
  ),
  /^(?:请问一下|请问)(?:,|，)?(?=.)/u,
];
/** Only behind a pause: without one it may be the object of a verb. */
const AFTER = new RegExp(`(?: [,.])+ (?:${THANKS})$`);

/** What is the same for whoever asks it of themselves. */
const WAYS: readonly Rule[] = [
  [/^how (?:(?:do|can) i|i can|to) (?=\p{Ll})/u, "how to "],
  // as it is said behind "tell me"
  [
    /^(what|who|where) (?!is |are |was |were )((?:(?! (?:is|are|was|were) ).)+) (is|are|was|were)$/,
    "$1 $3 $2",
  ],
];

/** @param line of `lineOf` */
export function withoutManners(line: string): string {
  let plain = line;
  for (const [pattern, as] of CONTRACTIONS) plain = plain.replaceAll(pattern, as);
  for (let before = ""; before !== plain;) {
    before = plain;
    for (const pattern of BEFORE) plain = plain.replace(pattern, "");
    plain = plain.replace(AFTER, "");
  }
  for (const [pattern, as] of WAYS) plain = plain.replace(pattern, as);
  return plain;
}
