// A question without its manners: contractions written out, greetings and pleases gone, and the many
// ways of asking the same thing brought to one.

type Rule = readonly [RegExp, string];

const CONTRACTIONS: readonly Rule[] = [
  [/\b(?:can['’]?t|cannot|can not)\b/g, "can not"],
  [/\bwon['’]t\b/g, "will not"],
  [/\b(is|are|was|were|do|does|did|has|have|had|would|could|should|must|need)n['’]?t\b/g, "$1 not"],
  [/\b(what|where|who|how|that|there|it|when|why|here)['’]s\b/g, "$1 is"],
  [/\b(what|where|who|how)s\b/g, "$1 is"],
  [/\blet['’]s\b/g, "let us"],
  [/\bi['’]?m\b/g, "i am"],
  [/\b(\p{L}+)['’]re\b/gu, "$1 are"],
  [/\b(\p{L}+)['’]ve\b/gu, "$1 have"],
  [/\b(\p{L}+)['’]ll\b/gu, "$1 will"],
  [/\b(i|you|we|they|he|she|what|who|how|where|it)['’]d\b/g, "$1 would"],
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
const WAYS: readonly Rule[] = [
  // greetings, thanks, apologies
  [/\b(?:please|pls|plz|kindly|bitte|por favor|s il vous plaît|per favore)\b/g, " "],
  [
    /\b(?:many thanks|thanks|thank you|thx|danke|gracias|merci)(?: so much| very much| a lot| in advance| a bunch)*\b/g,
    " ",
  ],
  [
    /^ *(?:(?:hi|hello|hey|greetings|hallo|hola|bonjour|good (?:morning|afternoon|evening))(?: there| all| everyone| team| folks)? *,? *)+/g,
    " ",
  ],
  [
    /\b(?:excuse me|sorry(?: to bother you)?(?: but)?|if you do not mind|if (?:that is |it is )?possible|if you (?:can|could|would)|by the way|when you (?:have|get) (?:a|the) (?:chance|moment|minute)|as you may know|as far as you know)\b/g,
    " ",
  ],
  // asking to be told
  [
    /\b(?:i (?:was|am) (?:just )?(?:wondering|curious)|i wonder)(?: if| whether| about)?(?: you| anyone| somebody| someone)?(?: could| can| would| might)?(?: be able to)?(?: please)?(?: tell| explain| show| help| let)?(?: to)?(?: me| us)?(?: know| understand)?(?: about)?\b/g,
    " ",
  ],
  [
    /\b(?:could|can|would|will) (?:you|anyone|someone|somebody)(?: please)?(?: possibly| maybe| perhaps| kindly| mind)?(?: be (?:so kind as|able) to)? (?:tell|telling|explain|explaining|show|showing|help|helping|give|giving|teach|remind|advise|let|clarify)(?: to)?(?: me| us)?(?: know| understand| out| figure out| find out| with)?(?: about| if| whether)?\b/g,
    " ",
  ],
  [/\b(?:can|could|would|will) you please\b/g, " "],
  [
    /\bi (?:would|do|really)?(?: just| really)? ?(?:like|love|want|need|wish|hope|have)(?: just)? to (?:know|learn|understand|ask(?: you)?|hear|figure out|find out|see)(?: about| if| whether)?\b/g,
    " ",
  ],
  [
    /\bi am (?:trying|looking|hoping) to (?:know|learn|understand|figure out|find out|see|work out)(?: about| if| whether)?\b/g,
    " ",
  ],
  [
    /\b(?:do|does|would) (?:you|anyone|anybody|somebody|someone)(?: happen to)? know(?: about| if| whether)?\b/g,
    " ",
  ],
  [/\b(?:do you have )?(?:any|an) ideas?(?: on| about| of)?\b/g, " "],
  [
    /\bi (?:do not|can not) (?:know|understand|remember|recall|figure out|see|get)(?: about| if| whether)?\b/g,
    " ",
  ],
  [
    /\bi (?:have|got|had) (?:a|the|one|some)(?: quick| small| simple| short)* questions?(?: about| on| for you| regarding)?\b/g,
    " ",
  ],
  [/\b(?:a )?(?:quick|small|simple) question\b/g, " "],
  [/\bi (?:need|want|would like)(?: some| a bit of| a little)? help(?: with| on| in| to)?\b/g, " "],
  [/\b(?:tell|let|show|give|teach|remind) (?:me|us)(?: know)?(?: about| if| whether)?\b/g, " "],
  [/\b(?:explain|describe)(?: to)?(?: me| us)?(?: in your own words)?\b/g, " "],
  [/\bhelp (?:me|us)(?: to| with)?(?: understand| know| find out| figure out)?\b/g, " "],
  [/\b(?:for|to) (?:me|us)(?= *$)/g, " "],
  [
    /\b(?:actually|basically|really|simply|exactly|just|maybe|perhaps|possibly|precisely|kind of|sort of)\b/g,
    " ",
  ],
  // ways of asking how
  [
    /\b(?:is it possible(?: for (?:me|us|you|one|someone))? to|(?:am|are) (?:i|we|you) able to)\b/g,
    " can i ",
  ],
  [
    /\b(?:is|are) there (?:a|an|any|some)?(?: (?:good|easy|simple|best|proper))? ?(?:ways?|methods?|possibility)(?: for (?:me|us|you|one|someone))? (?:to|of|for)\b/g,
    " how ",
  ],
  [
    /\bwhat (?:is|are|would be) (?:the|a|some)?(?: (?:best|easiest|right|correct|proper|simplest|good|usual|recommended))? ?(?:ways?|methods?|approach|procedure|process|steps)(?: for (?:me|us|you|one|someone))? (?:to|of|for|in)\b/g,
    " how ",
  ],
  [
    /\bwhat steps (?:do|should|must|can) (?:i|we|you|one) (?:take|follow|need)(?: in order)? to\b/g,
    " how ",
  ],
  [
    /\b(?:what|which) (?:do|should|must|can) (?:i|we|you|one) (?:need to |have to )?do(?: in order)? to\b/g,
    " how ",
  ],
  [
    /\bhow (?:do|does|can|could|would|should|might|may|is|am|are|shall) (?:i|we|you|one|someone|somebody|a person|people|anyone)(?: able to| supposed to| best| properly)?(?: go about| manage to)?\b/g,
    " how ",
  ],
  [/\b(?:the )?(?:ways?|steps) (?:to|of)\b/g, " how "],
  [
    /\bhow (?:i|we|you|one|someone)(?: can| could| should| would| might| may| do)?(?= \p{L})/gu,
    " how ",
  ],
  [/\bhow to\b/g, " how "],
  [/\bin order to\b/g, " to "],
  // ways of asking other things
  [
    /\b(?:how come|for what reasons?|what (?:is|are|was) the reasons? (?:that|why|for|behind)|what is the cause of)\b/g,
    " why ",
  ],
  [/\bwhy is it that\b/g, " why "],
  [/\b(?:at )?what time\b/g, " when "],
  [/\b(?:in )?(?:what|which) year\b/g, " when "],
  [/\bwhat (?:kinds?|sorts?|types?) of\b/g, " what "],
  [/\b(?:in|at) (?:what|which) (?:place|location)\b/g, " where "],
  [/\bhow much (?:does|do|did|will|would) (.+?) costs?\b/g, " what is price of $1 "],
  [/\bhow much time\b/g, " how long "],
  [/\bhow old (?:is|are) ([^,]+)/g, " what is age of $1 "],
  [/\bhow (?:tall|high) (?:is|are) ([^,]+)/g, " what is height of $1 "],
  [/\bwhat (?:does|do) (.+?) mean\b/g, " what is meaning of $1 "],
  [/\b(?:the )?definition of\b/g, " meaning of "],
  [/\bdefine\b/g, " meaning of "],
  [/\bwho (?:is|was) the (?:author|writer) of\b/g, " who wrote "],
  [/\bwho (?:is|was) the inventor of\b/g, " who invented "],
  [/\bwho (?:is|was) the founder of\b/g, " who founded "],
  [/\bwho (?:is|was) the discoverer of\b/g, " who discovered "],
  [/\bwho (?:is|was) the (?:creator|maker) of\b/g, " who created "],
  [/\bwho (?:is|was) the director of\b/g, " who directed "],
  [/\bwho (?:is|was) the painter of\b/g, " who painted "],
  // words that are written in two ways
  [/\b(?:log|sign)(?:ing)? in(?:to| to)?\b/g, " login "],
  [/\b(?:log|sign)(?:ing)? (?:out|off)\b/g, " logout "],
  [/\b(?:turn|switch)(?:ing)? on\b/g, " turnon "],
  [/\b(?:turn|switch|shut)(?:ing)? off\b/g, " turnoff "],
  [/\bset(?:ting)? up\b/g, " setup "],
  [/\bback(?:ing)? up\b/g, " backup "],
  [/\bget(?:ting)? rid of\b/g, " delete "],
  [/\be mail\b/g, " email "],
  [/\bweb site\b/g, " website "],
  [/\bwi fi\b/g, " wifi "],
  [/\b(?:the )?united states(?: of america)?\b/g, " usa "],
  [/\b(?:the )?united kingdom\b/g, " uk "],
  [/\bv (?=\d)/g, " version "],
  [/\b(?:have|has|need|needs) to\b/g, " must "],
];

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
