// Ways of asking the same thing, for embedders that vouch for the rest. None of them takes away who asks,
// whom, or of what.

type Rule = readonly [RegExp, string];

const WAYS: readonly Rule[] = [
  rule("(?:is|are) there (?:a|any) (?:ways?|methods?) to", " how to "),
  rule("(?:what|which) is (?:the|a) (?:best |easiest |right )?way to", " how to "),
  rule("how come|for what reasons?|what (?:is|are|was) the reasons? (?:that|why|for)", " why "),
  rule("(?:at )?what time", " when "),
  rule("(?:in )?(?:what|which) year", " when "),
  rule("(?:on )?(?:what|which) date", " when "),
  rule("(?:in|at) (?:what|which) (?:place|location)", " where "),
  rule("what is the location of", " where is "),
  rule("what is the number of", " how many "),
  [/\bhow much (?:does|do) ([^,]+?) costs?\b/g, " what is price of $1 "],
  rule("how much time", " how long "),
  [/\bhow old (?:is|are) ([^,]+)/g, " what is age of $1 "],
  [/\bhow (?:tall|high) (?:is|are) ([^,]+)/g, " what is height of $1 "],
  [/\bhow (?:big|large) (?:is|are) ([^,]+)/g, " what is size of $1 "],
  [/\bhow deep (?:is|are) ([^,]+)/g, " what is depth of $1 "],
  [/\bhow heavy (?:is|are) ([^,]+)/g, " what is weight of $1 "],
  [/\bhow long (?:is|are) ([^,]+)/g, " what is length of $1 "],
  rule("who (?:is|was) the author of", " who wrote "),
  rule("who (?:is|was) the inventor of", " who invented "),
  rule("who (?:is|was) the founder of", " who founded "),
  rule("(?:log|sign)(?:ging|ing)? in(?:to| to)?", " login "),
  rule("(?:log|sign)(?:ging|ing)? (?:out|off)", " logout "),
  rule("(?:turn|switch)(?:ing)? on", " turnon "),
  rule("(?:turn|switch|shut)(?:ting|ing)? off", " turnoff "),
  rule("set(?:ting)? up", " setup "),
  rule("back(?:ing)? up", " backup "),
];

/** Whole words. */
function rule(words: string, as: string): Rule {
  return [new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`, "gu"), as];
}

/** Lower-case, each in one of its ways, and "X's Y" as "Y of X". @param plain without manners */
export function askedOneWay(plain: string): string {
  let one = ` ${plain.toLowerCase()} `;
  for (const [pattern, as] of WAYS) one = one.replaceAll(pattern, as).replaceAll(/ {2,}/g, " ");
  return one.replaceAll(/\b(\p{L}+)'s +(\p{L}+)/gu, "$2 of $1").trim();
}
