// Which questions are about words, where nothing may be rewritten, and which are plainly English, where
// other words may mean the same.

/** With one of these a word, an ending or a capital may be what is asked about. */
const ABOUT_WORDS =
  /\b(?:translat\w*|mean(?:s|t|ing|ings)?|defin\w+|spell\w*|spelt|differen\w+|use|used|uses|usage|words?|letters?|syllab\w+|characters?|vowels?|consonants?|rhym\w+|etymolog\w+|synonyms?|antonyms?|homonym\w*|plurals?|singular|tense|participle|conjugat\w+|declension|pronounc\w*|pronunciation|gramma\w+|articles?|prepositions?|pronouns?|nouns?|verbs?|adjectives?|adverbs?|part of speech|say|said|saying|called|write|correct\w*|rewrit\w+|rephras\w+|paraphras\w+|proofread|sentences?|phrases?|abbreviat\w+|acronym|stands? for|polite\w*|rude\w*|short for|vs|versus|commands?|keywords?|what do(?:es)? \S+ do|reverse|anagram|palindrome|regex\w*|ascii|unicode|type|synonymous|shorten|übersetz\w*|bedeut\w*|heißt|buchstab\w*|tradui\w*|traduc\w*|signifi\w*|épel\w*)\b|翻译|翻訳|번역|意思|意味|怎么说|怎麼說|怎么读|怎么写|区别|區別|违い|違い|차이|뜻|перев[ео]\p{L}*|значит|значение/iu;

export function isAboutWords(text: string): boolean {
  return ABOUT_WORDS.test(text);
}

const set = (text: string) => new Set(text.trim().split(/\s+/));

/** English, and no other tongue's that is written so. */
const ENGLISH = set(`
  what how why which where does the your my should could would with from about between this that these
  their there is are can you`);
/** Of tongues that are written with the same letters. */
const FOREIGN = set(`
  der das und ist ich nicht ein eine einen wie wo wann warum kann mein auf von zu dem bei mit
  le la les des une un est et je quel quelle dans sur pas que qui
  el los las una es y por para con como del cuando donde
  il lo gli che non di della
  de het een hoe wat waar ik dit dat niet
  och att hur vad jag ett
  os uma eu em seu
  jak czy jest nie
  bagaimana apa yang nasil nedir bir ve`);

/** In doubt not. */
export function isPlainlyEnglish(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  if (words.some((word) => !/^[a-z]+$/.test(word))) return false;
  return words.some((word) => ENGLISH.has(word)) && !words.some((word) => FOREIGN.has(word));
}
