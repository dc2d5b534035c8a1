// A question without its manners: contractions written out, greetings and pleases gone, and the many
// ways of asking the same thing brought to one.

type Rule = readonly [RegExp, string];

const CONTRACTIONS: readonly Rule[] = [
  [/\b(?:can['’]?t|cannot|can not)\b/g, "can not"],
  [/\bwon['’]?t\b/g, "will not"],
  [
    /\b(is|are|was|were|do|does|did|has|have|had|would|could|should|must|need|might)n['’]?t\b/g,
    "$1 not",
  ],
  [
    /\b(what|where|who|how|that|there|it|when|why|here|he|she|everything|something|nothing|everyone)['’]s\b/g,
    "$1 is",
  ],
  [/\b(what|where|who|how)s\b/g, "$1 is"],
  [/\blet['’]s\b/g, "let us"],
  [/\bi['’]?m\b/g, "i am"],
  [/\b(\p{L}+)['’]re\b/gu, "$1 are"],
  [/\b(\p{L}+)['’]ve\b/gu, "$1 have"],
  [/\b(\p{L}+)['’]ll\b/gu, "$1 will"],
  [/\b(how|what|where|why|when)['’]d\b/g, "$1 did"],
  [/\b(i|you|we|they|he|she|who|it|that|there)['’]d\b/g, "$1 would"],
  [/\b(?:gonna|going to)\b/g, "will"],
  [/\bwanna\b/g, "want to"],
  [/\bgotta\b/g, "have to"],
  // slips in words too short to be guessed
  [/\bteh\b/g, "the"],
  [/\b(?:waht|wat|whta)\b/g, "what"],
  [/\bhwo\b/g, "how"],
  [/\b(?:wich|whcih|whihc)\b/g, "which"],
  [/\b(?:yuo|u)\b/g, "you"],
  [/\bur\b/g, "your"],
  [/\b(?:taht|tht)\b/g, "that"],
];

/** Of texts whose words are parted by one space. */
/** Verbs of what a chat is asked to do, in front of which "can you" is only polite. */
const TASKS =
  "write|translate|summari[sz]e|list|make|create|generate|recommend|suggest|find|check|fix|compare|convert|calculate|correct|rewrite|define|name|provide|share|draft|clarify|describe|explain|outline|solve|compute|review|recall";
/** Whoever is asked to tell, and what telling may be called. */
const TELL =
  "(?:tell|telling|explain|explaining|show|showing|help|helping|give|giving|teach|teaching|remind|advise|let|clarify|describe|walk|share|point|enlighten)(?: to)?(?: me| us)?(?: know| understand| out| figure out| find out| work out| through| with)*(?: about| on)?";
const SOMEONE = "(?:i|we|you|one|someone|somebody|a person|people|anyone)";

/** Of texts whose words are parted by one space. */
const WAYS: readonly Rule[] = [
  // greetings, thanks, apologies
  rule("(?:please|pls|plz|kindly|bitte|por favor|s il vous plaît|per favore)", " "),
  rule(
    "(?:many thanks|thanks|thank you|thx|cheers|danke|gracias|merci)(?: so much| very much| a lot| in advance| a bunch| for your help| ahead of time)*",
    " ",
  ),
  [
    /^ *(?:(?:hi|hello|hey|greetings|hallo|hola|bonjour|good (?:morning|afternoon|evening|day)|dear \p{L}+)(?: there| all| everyone| team| folks| friend| assistant| bot| chatbot)? *,? *)+/gu,
    " ",
  ],
  rule(
    "(?:excuse me|pardon me|sorry(?: to (?:bother|ask|disturb|trouble)(?: you)?)?(?: but)?|by any chance|much obliged|(?:i hope )?this (?:is|may be|might be) (?:not )?an? (?:\\p{L}+ )?question(?: but)?|if you do not mind(?: me asking)?|if (?:that is |it is |at all )?possible|if you (?:can|could|would)(?= *(?:,|$))|by the way|when you (?:have|get) (?:a|the) (?:chance|moment|minute)|as you may know|as far as you know|i hope you are (?:well|doing well)|i appreciate (?:it|your help|any help)|any help (?:is|would be) appreciated|much appreciated)",
    " ",
  ),
  // asking to be told
  rule(
    `(?:i (?:was|am) (?:just )?(?:wondering|curious)|i wonder|i would (?:really )?(?:appreciate it|be (?:very )?(?:grateful|glad|thankful)))(?: if| whether)(?: you| anyone| somebody| someone) (?:could|can|would|might)(?: be able to)?(?: please)? ${TELL}`,
    " ",
  ),
  rule(
    `(?:could|can|would|will|might) (?:you|anyone|someone|somebody)(?: please| possibly| maybe| perhaps| kindly| mind| be so kind as to| be able to)* ${TELL}`,
    " ",
  ),
  rule(`(?:do you mind|(?:would|is) it (?:be )?possible (?:for you )?to) ${TELL}`, " "),
  rule(
    "(?:may|might|can|could) (?:i|we)(?: just| please)? (?:ask|inquire|know)(?: you)?(?: about)?",
    " ",
  ),
  rule("(?:i (?:was|am) (?:just )?(?:wondering|curious)|i wonder)(?: about| to know)?", " "),
  rule(
    "i (?:would|do|really)?(?: just| really| also)? ?(?:like|love|want|need|wish|hope|have)(?: just)? to (?:know|learn|understand|ask(?: you)?|hear|figure out|find out|see|get to know)(?: about| more about)?",
    " ",
  ),
  rule(
    "i am (?:just )?(?:trying|looking|hoping|interested|keen|curious)(?: to| in) (?:know(?:ing)?|learn(?:ing)?|understand(?:ing)?|figur(?:e|ing) out|find(?:ing)? out|see(?:ing)?|work(?:ing)? out)(?: about)?",
    " ",
  ),
  rule(
    "(?:do|does|would) (?:you|anyone|anybody|somebody|someone)(?: happen to| by any chance)? know(?: about)?",
    " ",
  ),
  rule("(?:do you have )?(?:any|an) ideas?(?: on| about| of)?", " "),
  rule(
    "i (?:do not|can not) (?:know|understand|remember|recall|figure out|see|get)(?: about)?",
    " ",
  ),
  rule(
    "i (?:have|got|had) (?:a|the|one|some)(?: quick| small| simple| short)* questions?(?: about| on| for you| regarding)?",
    " ",
  ),
  rule("(?:a |one )?(?:quick|small|simple|short) (?:one|question)", " "),
  rule("i (?:need|want|would like)(?: some| a bit of| a little)? help(?: with| on| in| to)?", " "),
  rule("(?:tell|let|show|give|teach|remind) (?:me|us)(?: know)?(?: about)?", " "),
  rule("(?:explain|describe)(?: to)?(?: me| us)?(?: in your own words)?", " "),
  rule("help (?:me|us)(?: to| with)?(?: understand| know| find out| figure out)?", " "),
  [/ (?:for|to) (?:me|us)(?= *(?:,|$))/g, " "],
  rule("(?:could|would) you(?: please| kindly)?(?= (?!not )\\p{L})", " "),
  rule(`(?:can|will) you(?= (?:${TASKS}) )`, " "),
  rule(
    "(?:actually|basically|really|simply|exactly|just|maybe|perhaps|possibly|precisely|kind of|sort of|in general|generally speaking)",
    " ",
  ),
  [
    /^[ ,]*(?:so|well|ok|okay|um|now|and|but) (?=,|what|how|why|when|where|who|which|is|are|can|do|does)/g,
    " ",
  ],
  // ways of asking how
  rule(
    `(?:is it possible(?: for (?:me|us|you|one|someone|people|anyone))? to|(?:am|are|is) ${SOMEONE} able to)`,
    " can i ",
  ),
  [/\bis it (\p{L}+) (?:for (?:me|us|you|one|someone) )?to\b/gu, " is $1 , "],
  rule(
    "(?:is|are) there (?:a|an|any|some)?(?: (?:good|easy|simple|best|proper))? ?(?:ways?|methods?|possibility)(?: for (?:me|us|you|one|someone))? (?:to|of|for|that i can|i can)",
    " how ",
  ),
  rule(
    "(?:what|which) (?:is|are|would be) (?:the|a|some)?(?: (?:best|easiest|right|correct|proper|simplest|good|usual|recommended|preferred|standard|common))? ?(?:ways?|methods?|approach|procedure|process|steps)(?: for (?:me|us|you|one|someone))? (?:to go about|to|of|for|in|i can|i should|that i can)",
    " how ",
  ),
  rule(
    `what steps (?:do|should|must|can) ${SOMEONE} (?:take|follow|need)(?: in order)? to`,
    " how ",
  ),
  rule(
    "what steps are (?:needed|required|necessary|involved)(?: in order)?(?: to| for| in)",
    " how ",
  ),
  rule(
    `what (?:do|should|must|can|would) ${SOMEONE} (?:need to |have to )?do(?: if (?:i|we|you) want)?(?: in order)? to`,
    " how ",
  ),
  rule(
    `how (?:do|does|can|could|would|should|might|may|is|am|are|shall) ${SOMEONE}(?: able to| supposed to| best| properly)?(?: go about| manage to)?`,
    " how ",
  ),
  [
    /\bhow (?:i|we|you|one|someone)(?: can| could| should| would| might| may| do| am supposed to)?(?: go about)?(?= \p{L})/gu,
    " how ",
  ],
  rule("(?:the )?(?:ways?|steps) (?:to|of)", " how "),
  rule("how to(?: go about)?", " how "),
  rule("in order to", " to "),
  // ways of asking other things
  rule(
    "(?:how come|for what reasons?|what (?:is|are|was) the (?:main )?reasons?(?: that| why| for| behind)?|what is the cause of)",
    " why ",
  ),
  rule("why is it that", " why "),
  rule("(?:at )?what time", " when "),
  rule("(?:in )?(?:what|which) year", " when "),
  rule("on (?:what|which) (?:date|day)", " when "),
  rule("(?:what|which) date", " when "),
  rule("(?:what|which) person", " who "),
  rule("what (?:kinds?|sorts?|types?) of", " what "),
  rule("(?:in|at) (?:what|which) (?:place|location)", " where "),
  rule("what is the location of", " where is "),
  rule("what is the number of", " how many "),
  rule("how much (?:does|do|did|will|would) (.+?) costs?", " what is price of $1 "),
  rule("how much time", " how long "),
  [/\bhow old (?:is|are) ([^,]+)/g, " what is age of $1 "],
  [/\bhow (?:tall|high) (?:is|are) ([^,]+)/g, " what is height of $1 "],
  [/\bhow (?:big|large) (?:is|are) ([^,]+)/g, " what is size of $1 "],
  [/\bhow deep (?:is|are) ([^,]+)/g, " what is depth of $1 "],
  [/\bhow heavy (?:is|are) ([^,]+)/g, " what is weight of $1 "],
  [/\bhow long (?:is|are) ([^,]+)/g, " what is length of $1 "],
  rule("what (?:does|do|did) (.+?) mean", " what is meaning of $1 "),
  rule("(?:the )?definition of", " meaning of "),
  rule("define", " meaning of "),
  [/^ *(?:name|list)(?: out| down)? (?=(?:the|all|some|every) )/g, " what "],
  [/^ *(?:a|the)? ?list of /g, " what "],
  rule("who (?:is|was) the (?:author|writer) of", " who wrote "),
  rule("who (?:is|was) the inventor of", " who invented "),
  rule("who (?:is|was) the founder of", " who founded "),
  rule("who (?:is|was) the discoverer of", " who discovered "),
  rule("who (?:is|was) the (?:creator|maker) of", " who created "),
  rule("who (?:is|was) the director of", " who directed "),
  rule("who (?:is|was) the painter of", " who painted "),
  // words that are written in two ways
  rule("(?:log|sign)(?:ging|ing)? in(?:to| to)?", " login "),
  rule("(?:log|sign)(?:ging|ing)? (?:out|off)", " logout "),
  rule("(?:turn|switch)(?:ing)? on", " turnon "),
  rule("(?:turn|switch|shut)(?:ting|ing)? off", " turnoff "),
  rule("set(?:ting)? up", " setup "),
  rule("back(?:ing)? up", " backup "),
  rule("get(?:ting)? rid of", " delete "),
  rule("look(?:ing)? for", " find "),
  rule("e mail", " email "),
  rule("web site", " website "),
  rule("wi fi", " wifi "),
  rule("capital city", " capital "),
  rule("(?:the )?(?:country|city|state) of", " "),
  rule("(?:the )?united states(?: of america)?", " usa "),
  rule("(?:the )?united kingdom", " uk "),
  rule("v (?=\\d)", " version "),
  rule("(?:have|has|need|needs) to", " must "),
  // what is left of "I wonder whether …"
  [/^[ ,]*(?:if|whether) (?!.*\b(?:what|how|why|when|where|who|which)\b)/g, " is "],
];

/** Whole words. */
function rule(words: string, as: string): Rule {
  return [new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`, "gu"), as];
}

/** Lower-case, with contractions written out and "X's Y" as "Y of X". */
export function writtenOut(text: string): string {
  let plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[‘’`´]/g, "'");
  for (const [pattern, as] of CONTRACTIONS) plain = plain.replaceAll(pattern, as);
  return plain.replaceAll(/\b(\p{L}+)'s +(\p{L}+)/gu, "$2 of $1");
}

/** @param spaced words and marks, each parted from the next by a space */
export function withoutManners(spaced: string): string {
  let plain = ` ${spaced} `;
  for (const [pattern, as] of WAYS) plain = plain.replaceAll(pattern, as).replaceAll(/ {2,}/g, " ");
  return plain.trim();
}

const UNSPACED_MANNERS =
  /请问一下|请问|麻烦你?|拜托|谢谢你?|您好|你好|(?:你|您)?(?:能不能|能否|可以|能)?(?:帮我)?(?:告诉我|说明一下|解释一下)(?:一下)?|请|吗|呢|啊|吧|呀|すみません|教えて(?:ください|下さい)?|お願いします|ください|下さい|でしょうか|ですか|ますか|알려 ?주세요|알려 ?줘/gu;

/** The same of Chinese, Japanese and Korean. */
export function withoutUnspacedManners(text: string): string {
  return text.replaceAll(UNSPACED_MANNERS, " ");
}
