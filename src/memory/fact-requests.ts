// How people ask to have something remembered, by language: data for facts.ts. Each pattern is tried on
// one sentence, whole; `fact` is what is to be remembered.

export type FactRequest = {
  asks: readonly RegExp[];
  /** A sentence that asks to remember what was said before it. */
  pointsBack?: RegExp;
  /** How a request begins that is put as a question. Any other question asks whether, not to. */
  politely?: RegExp;
};

/** English: what may stand before the verb and changes nothing. */
const FUTURE = "for (?:the future|later|next time|future reference)";
const BEFORE = `^(?:(?:please|kindly|hey|hi|hello|ok(?:ay)?|also|and|so|now|then|oh|by the way|btw|${FUTURE}|(?:can|could|would|will) you|(?:i['’]d|i would) like you to|i (?:want|need) you to|always)[,:!]?\\s+){0,6}`;
const REMEMBER =
  "(?:remember|memori[sz]e|do(?:n['’]t| not) (?:ever )?forget|never forget|make a note|take (?:a )?note)";
const LATER = `(?:,?\\s+(?:${FUTURE}|please|forever|always)){0,3}`;
/** “Remember that film we saw” points at a film; “remember that I” states something. */
const POINTS_AT =
  "(?!(?:time|day|night|evening|summer|year|film|movie|song|book|show|guy|girl|man|woman|one|thing|place|trip|game|party)\\b)(?!(?!sometimes|usually|often|today|tonight|tomorrow|now|when|if|while|after|before|since|because)\\p{L}+ (?:we|i|you|they|he|she)\\b)";

const english: FactRequest = {
  asks: [
    new RegExp(
      `${BEFORE}(?:${REMEMBER}${LATER}|note ${FUTURE}|(?:keep|bear) in mind ${FUTURE})\\s*,?\\s+that\\s*,?\\s+${POINTS_AT}(?<fact>\\S+\\s+\\S.*)$`,
      "isu",
    ),
    new RegExp(
      `${BEFORE}(?:${REMEMBER}${LATER}(?:,? (?:this|the following))?${LATER}|note ${FUTURE})\\s*:\\s*(?<fact>.+)$`,
      "isu",
    ),
    // Without “that”: of oneself only, and with something said.
    new RegExp(
      `${BEFORE}(?:remember|memori[sz]e|do(?:n['’]t| not) forget)${LATER}\\s*,?\\s+(?<fact>(?:i(?:['’](?:m|ve|d|ll))?|we(?:['’](?:re|ve|d|ll))?|my|our)\\s+\\S+\\s+\\S.*|(?:i['’]m|we['’]re)\\s+\\S.*)$`,
      "isu",
    ),
    /^(?<fact>.+),\s+(?:so |and )?please (?:remember|don['’]t forget)(?: that| this| it)?[.!\s]*$/isu,
  ],
  pointsBack: new RegExp(
    `${BEFORE}(?:${REMEMBER}(?: of)? (?:that|this|it)|please remember)${LATER}[.!\\s]*$`,
    "iu",
  ),
  politely:
    /^(?:\S+\s+){0,3}?(?:can|could|would|will) you (?:please )?\S+ (?:that )?(?:i|i['’]m|we|my|our|the|he|she|they|his|her|their)\b/iu,
};

const german: FactRequest = {
  asks: [
    /^(?:(?:bitte|hallo|hey|ok(?:ay)?|also|und|übrigens|kannst du|könntest du|können sie|könnten sie)[,:!]?\s+){0,6}(?:merke? dir|merken sie sich|notiere? dir|notieren sie sich|denk(?:e|en sie)? (?:bitte )?(?:daran|dran)|vergiss (?:bitte )?nicht|vergessen sie (?:bitte )?nicht|behalte? (?:im kopf|in erinnerung)|(?:(?:dir|sich)(?: bitte)? )?merken(?=\s*:)|(?:dir|sich)(?: bitte)? merken)(?:[,\s]+(?:bitte|mal|für (?:die zukunft|später|das nächste mal)|folgendes|dies|das))*(?:\s*:\s*|\s*,?\s+dass\s+)(?<fact>.+)$/isu,
    /^(?<fact>.+),\s+(?:bitte )?(?:merke? dir|merken sie sich) das(?: bitte)?[.!\s]*$/isu,
  ],
  pointsBack:
    /^(?:bitte,?\s+)?(?:merke? dir|merken sie sich|notiere? dir|notieren sie sich)\s+(?:bitte\s+)?(?:das|dies|es)(?:\s+bitte)?[.!\s]*$/iu,
  politely: /^(?:\S+\s+)?(?:kannst|könntest|können|könnten)\b/iu,
};

const french: FactRequest = {
  asks: [
    /^(?:(?:s['’]il (?:te|vous) pla[iî]t|stp|svp|merci de|bonjour|salut|ok|et|peux-tu|pourrais-tu|pouvez-vous|pourriez-vous)[,:!]?\s+){0,6}(?:souviens[-\s]toi|souvenez[-\s]vous|te souvenir|vous souvenir|rappelle[-\s]toi|rappelez[-\s]vous|retiens|retenez|retenir|mémorise[rz]?|n['’]oublie(?:z)? (?:pas|jamais)|garde(?:z)? en (?:mémoire|tête))(?:,?\s+(?:bien|pour (?:plus tard|la suite|l['’]avenir)|ceci|de ceci|s['’]il (?:te|vous) pla[iî]t))*(?:\s*:\s*|,?\s+qu(?:e\s+|['’]))(?<fact>.+)$/isu,
  ],
  pointsBack:
    /^(?:s['’]il (?:te|vous) pla[iî]t,?\s+)?(?:souviens[-\s]t['’]en|souvenez[-\s]vous[-\s]en|retiens[-\s](?:le|ça|cela)|retenez[-\s](?:le|cela))(?:,?\s+s['’]il (?:te|vous) pla[iî]t)?[.!\s]*$/iu,
  politely: /^(?:\S+\s+)?(?:peux|pourrais|pouvez|pourriez)\b/iu,
};

const spanish: FactRequest = {
  asks: [
    /^¿?(?:(?:por favor|hola|oye|ok|y|puedes|podrías|puede|podría)[,:!]?\s+){0,6}(?:recuerd[ae]|recordar|acuérd[ae](?:te|se)(?: de)?|memori[cz][ae]r?|no (?:te olvides de|olvides|olvide)|apunt[ae]|anot[ae])(?:,?\s+(?:por favor|para (?:el futuro|más tarde|después)|bien|esto|lo siguiente))*(?:\s*:\s*|,?\s+que\s+)(?<fact>.+)$/isu,
  ],
  pointsBack:
    /^(?:por favor,?\s+)?(?:recuérdalo|recuérdelo|recuerda (?:eso|esto)|no lo olvides|apúntalo|anótalo)(?:,?\s+por favor)?[.!\s]*$/iu,
  politely: /^¿?(?:por favor,?\s+)?(?:puedes|podrías|puede|podría)\b/iu,
};

const CHINESE_BEFORE =
  "(?:请|請|麻烦|麻煩)?(?:你|您)?(?:一定)?(?:要|帮我|幫我|替我)?(?:记住|記住|记下来?|記下來?)";

const chinese: FactRequest = {
  asks: [
    new RegExp(
      `^(?:(?:你好|好的?|另外|对了|顺便)[，,！!\\s]*)?${CHINESE_BEFORE}(?!了|吗|嗎|没|沒|的)(?:这个|這個|这一点|這一點|这件事|以下(?:内容|內容)?)?[：:，,\\s]*(?<fact>[^。！!\\s].+)$`,
      "su",
    ),
    new RegExp(
      `^(?<fact>.{2,}?)[，,]\\s*${CHINESE_BEFORE}(?:这个|這個|这一点|這一點|哦|吧)*[。！!\\s]*$`,
      "su",
    ),
  ],
  pointsBack: new RegExp(
    `^${CHINESE_BEFORE}(?:这个|這個|这一点|這一點|这件事|哦|吧)*[。！!\\s]*$`,
    "u",
  ),
};

const JAPANESE_VERB =
  "(?:覚えておいて|覚えといて|記憶しておいて|忘れないで)(?:ください|下さい|ほしい(?:です)?|ね|よ|もらえますか|くれますか|いただけますか)*";

const japanese: FactRequest = {
  asks: [
    new RegExp(`^(?:これを|次のことを|以下を)?${JAPANESE_VERB}[：:]\\s*(?<fact>.{2,})$`, "su"),
    // The verb comes last.
    new RegExp(
      `^(?!(?:これ|それ|この(?:こと|点))(?:を|は|も))(?:あと|それと|ちなみに)?、?(?<fact>.{2,}?)(?:という(?:こと|の)|こと|の|点)?(?:を|は|も|と|って|、)(?:ぜひ|必ず|どうか|よく)?${JAPANESE_VERB}[。！!？?\\s]*$`,
      "su",
    ),
  ],
  pointsBack: new RegExp(
    `^(?:(?:これ|それ|この(?:こと|点))(?:を|は|も)?)?(?:ぜひ|必ず|どうか)?${JAPANESE_VERB}[。！!？?\\s]*$`,
    "u",
  ),
  politely: /(?:もらえますか|くれますか|いただけますか)[。？?\s]*$/u,
};

export const FACT_REQUESTS: readonly FactRequest[] = [
  english,
  german,
  french,
  spanish,
  chinese,
  japanese,
];
