// Which words of a message point outside of it, by language: data and small rules for references.ts.
// They are rules of thumb. Where one says too much, a model is asked for nothing; where one says too
// little, a message is taken as it stands.

export type Language = {
  /** How often its commonest words stand in a text tells the language; */
  common: ReadonlySet<string>;
  /** and letters that the others do not have. */
  letters?: RegExp;
  /** Taken out first: where such words point at nothing, or at a time or a pasted text. */
  empty: readonly RegExp[];
  /** Words that point at something said. */
  points: readonly RegExp[];
  /** Those of them that point at a person. */
  person?: RegExp;
  /** A message that goes on where the last one ended, though no word of it points. */
  goesOn: RegExp;
  /** Where a clause ends: what is named before may be what a word behind it points at. */
  clause: RegExp;
  /** Something named, which a word in a later clause may point at. */
  names: readonly RegExp[];
  /** Somebody named. */
  namesPerson: readonly RegExp[];
};

const words = (list: string) => new Set(list.split(" "));

/** Somebody's or something's name: a capital that begins no sentence, or an acronym. */
const PROPER = /(?<![.!?]\s)(?<!^)\b\p{Lu}[\p{L}\d]+|\b\p{Lu}{2,}\b/u;

/** Where a word begins or ends: `\b` knows the letters of English alone, and is far cheaper to compile. */
const EDGE = "(?:(?<=[\\p{L}\\p{N}])(?![\\p{L}\\p{N}])|(?<![\\p{L}\\p{N}])(?=[\\p{L}\\p{N}]))";

/** The language with `\b` understood in all of its patterns. */
function language(written: Language): Language {
  const aware = ({ source, flags }: RegExp) => new RegExp(source.replaceAll("\\b", EDGE), flags);
  return {
    ...written,
    empty: written.empty.map(aware),
    points: written.points.map(aware),
    ...(written.person === undefined ? {} : { person: aware(written.person) }),
    goesOn: aware(written.goesOn),
    names: written.names.map(aware),
    namesPerson: written.namesPerson.map(aware),
  };
}

const english: Language = {
  common: words(
    "the a an is are was were be it this that these those of and or to what how why when where who which can could would should you me my your i we they them he she his her its do does did in for on with about please not have has will explain show tell make more there again same",
  ),
  empty: [
    // It that stands for nothing: weather, time, and what comes after.
    /\bit(?:['’]s|['’]ll be|['’]d be| is| was| will be| would be| has been| gets| got| might| may| could| should|['’]s been)?\s+(?:be |just |still |already |really |so |very |too |quite |pretty |a bit |going to |gonna |not )*(?:rain\w*|snow\w*|hail\w*|storm\w*|thunder\w*|drizzl\w*|pour(?:ing|ed)|sunny|cloudy|windy|foggy|humid|freezing|cold|hot|warm|dark|late|early|noon|midnight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|christmas|summer|winter|spring|autumn|\d+|time|a (?:nice|beautiful|lovely|good|bad|long) (?:day|night|morning|evening|time|week)|me\b|us\b)/giu,
    /\b(?:is|was|will|does|did|would|can|could|might|may|has)\s+it\s+(?:be |been |still |going to |really )*(?:rain\w*|snow\w*|cold|hot|warm|dark|late|early|sunny|windy|possible|true|okay|ok|safe|legal|normal|worth|necessary|important|better|best|wise|matter|make sense)\b/giu,
    /\bit(?:['’]s|['’]d be| is| was| would be| will be| might be| may be)?\s+(?:\w+ )?(?:possible|impossible|important|necessary|true|likely|unlikely|clear|obvious|good|better|best|nice|great|easy|hard|difficult|worth|okay|ok|safe|wise|useful|helpful|interesting|common|rare|normal|legal|illegal|time|up)\s+(?:to|that|for|if|whether|how|\w+ing)\b/giu,
    /\bit\s+(?:seems|appears|turns out|looks like|depends|takes|took|goes without saying|happens)\b/giu,
    /\b(?:what|which)\s+(?:time|day|date|year)\s+(?:is|was)\s+it\b|\bhow(?:['’]s| is| was)\s+it\s+going\b|\b(?:makes?|made|find|found|think)\s+it\s+(?:\w+\s+)?\w+\s+(?:to|that|for)\b|\bas it (?:were|stands|happens)\b|\bthat(?:['’]s| is) (?:it|all)\b/giu,
    // A time.
    /\b(?:this|these|that|those)\s+(?:very |past |coming |last )?(?:morning|afternoon|evening|night|weekend|week|month|year|quarter|season|summer|winter|spring|autumn|fall|century|decade|days|time|moment|world|country|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/giu,
    // What introduces something.
    /^(?:(?:hi|hello|hey|so|ok|okay)[, ]+)*(?:this is|these are)\s+(?:a|an|the|my|our|his|her|their|some|what|how|where)\b/giu,
    // That which joins.
    /\b(?:so|such|now|given|provided|except|in|assuming|considering|supposing|seeing)\s+that\b(?!\s*(?:$|[?.!,;]))/giu,
    /\bthat\s+(?:said|being said|is to say)\b/giu,
  ],
  points: [
    /\b(?:it|its|itself|they|them|their|theirs|themselves|he|him|his|himself|she|her|hers|herself)\b/iu,
    // That and those as a word of its own: at a clause's end, after a question's verb, or after what is done with something.
    /\b(?:that|those)(?:\s+(?:again|now|please|too|instead|better|either|anyway|though|for me|for us|in (?:more )?detail|one|ones|way))?\s*(?:$|[?.!,;:)])/iu,
    /(?:^|[.!?;,]\s*|\b(?:and|but|or|so|why|how|what|when|where|who)\s+)(?:is|are|was|were|does|did|do|will|would|can|could|should|has|had|isn['’]t|doesn['’]t|didn['’]t|wasn['’]t|['’]s)\s+(?:that|those)\b/iu,
    /(?:^|[.!?;]\s*|\b(?:and|but|or|so|ok|okay)\s+)(?:that|those)(?:['’]s|\s+(?:is|are|was|were|does|do|did|doesn['’]t|didn['’]t|isn['’]t|wasn['’]t|will|won['’]t|would|can|can['’]t|could|should|looks?|sounds?|seems?|works?|worked|makes?|means?|helps?|helped|failed|fails?))\b/iu,
    /\b(?:about|of|for|with|from|like|after|before|by|without|than|into)\s+(?:that|those)\b(?!\s+(?:i|we|you|they|he|she|it|there)\b)/iu,
    /\b(?:explain|do|did|does|use|try|tried|fix|translate|rewrite|repeat|change|remove|delete|send|summari[sz]e|save|put|call|want|need|love|hate|prefer|buy|clarify|expand|shorten|improve|compare)\s+(?:me\s+)?(?:that|those)\b(?!\s+(?:i|we|you|they|he|she|it|there|the|a|an)\b)/iu,
    /\b(?:this|these)\b/iu,
    /\b(?:the\s+(?:same|former|latter|above|previous|other|others|rest)|(?:the|that|this|which|another|each)\s+(?:(?:first|second|third|last|next|other|new|old|right|left)\s+)?ones?|the\s+(?:first|second|third|last)\s*(?:$|[?.!,])|(?:both|neither|either)\s+of\b|do so)\b/iu,
  ],
  person: /\b(?:he|him|his|himself|she|her|hers|herself)\b/iu,
  goesOn:
    /^(?:(?:and|but|so|ok|okay|or)[, ]+)*(?:(?:what|how) about\b|why(?: not| so)?\s*[?.!]*$|how (?:so|come)\s*[?.!]*$|(?:tell me |say |any )?more\b.{0,20}$|go on\b|continue\b.{0,10}$|and (?:then|now)\b|and (?:in|for|with|on|at|from|to|the|what|how|why|who|when|where|if)\b.{0,60}\?$|for example\s*\?|such as\s*\?|really\s*\?)/iu,
  clause:
    /[,;:.!?\n–—]|\s(?:and|but|or|so|then|because|since|when|while|if|although|though|before|after|until|unless|where|which|who|whose|that|as|why|how|what)\s/giu,
  names: [
    /\b(?:a|an|the|my|your|our|some|any|every|each|no|two|three|four|five|many|several|all)\s+(?!(?:same|former|latter|above|lot|bit|few)\b)\p{L}{2,}|\b(?:what|who)(?:['’]s| is| are| was| were)\s+(?!(?:it|that|this|they|he|she|the|a|an|wrong|up|next|new|more|going|happening|best|better)\b)\p{L}{3,}|\b(?:about|explain|describe|define|compare|use|using|install|learn|buy|bought|between|like|love)\s+(?!(?:it|its|that|those|this|these|them|him|her|me|us|why|how|what|more|when|again|in|to|the|a)\b)\p{L}{3,}|\b(?:how|why|does|do|can|is|are)\s+(?:does|do|is|are|can)\s+(?!(?:it|that|this|they|he|she|the|a|an|you|we|i|one)\b)\p{L}{4,}/iu,
    PROPER,
  ],
  namesPerson: [
    /\b(?:a|the|my|your|our|his|her|their|some)\s+(?:\p{L}+\s+)?(?:man|woman|boy|girl|guy|boss|doctor|teacher|friend|brother|sister|mother|mom|mum|father|dad|wife|husband|son|daughter|child|kid|baby|colleague|coworker|manager|customer|client|user|person|author|president|king|queen|actor|actress|singer|uncle|aunt|cousin|neighbou?r|student|professor|lawyer|partner|girlfriend|boyfriend|grandmother|grandfather|character|patient|employee|candidate)\b/iu,
    PROPER,
  ],
};

const german = language({
  common: words(
    "der die das und in ist sind nicht ich du wir ihr ein eine einen einem einer mit für auf wie was kann kannst können bitte es wer warum wann wo mir dir mich dich den dem von zu sie er hat habe war wird im am auch noch dann oder aber wenn dass mehr erkläre erklär bedeutet funktioniert macht davon dazu dafür damit",
  ),
  letters: /[äöüß]/i,
  empty: [
    /\bes\s+(?:regnet|schneit|hagelt|donnert|blitzt|stürmt|gibt|geht um|scheint|heißt|kommt darauf an|tut mir|handelt sich|lohnt sich|reicht|dauert|ist|war|wird|wäre)\b(?=\s+(?!.*\bes\b)|\s*$|[?.!,])/giu,
    /\b(?:regnet|schneit|gibt|geht|ist|war|wird|wäre|scheint|lohnt)\s+es\b/giu,
    /\bwie spät ist es\b|\bwie geht(?:['’]s| es)\b/giu,
    /\b(?:diese[rnms]?|dieses)\s+(?:Woche|Monat|Jahr|Jahres|Tage|Tagen|Morgen|Abend|Nacht|Sommer|Winter|Wochenende|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|Mal|Zeit)\b/gu,
    /^(?:das|dies) (?:ist|sind) (?:eine?[rnms]?|meine?|unsere?|der|die|das)\b/giu,
    // The article: a noun follows, perhaps after adjectives.
    /\b[Dd]as\s+(?:\p{Ll}+(?:e|en|er|es|em)\s+){0,2}(?=\p{Lu}|\d)/gu,
    // The address.
    /(?<!^)(?<![.!?]\s)\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b|^(?:\p{Lu}\p{L}+)\s+(?:Sie|Ihnen)\b/gu,
  ],
  points: [
    /\b(?:er|sie|es|ihn|ihm|ihnen|ihre?[nmrs]?|sein(?:e[nmrs]?)?|das|dies|diese[nmrs]?|jene[nmrs]?|dasselbe|derselbe|dieselben?|davon|dafür|dazu|daran|daraus|dagegen|darin|darauf|darüber|ersteres?|letzteres?)\b(?!,? dass)/iu,
    /\b(?:der|die|das) (?:erste|zweite|dritte|letzte|andere|obige|gleiche)n?\s*(?:$|[?.!,])/iu,
  ],
  person: /\b(?:er|ihm|ihn)\b/iu,
  goesOn:
    /^(?:und|aber|ok|okay)[, ]+(?:in|für|mit|auf|bei|von|was|wie|wo|wann|warum|der|die|das|dann)\b.{0,60}\?$|^(?:wie sieht es mit|was ist mit|und dann|warum|wieso|weshalb|weiter|mehr davon|erzähl(?: mir)? mehr)\b.{0,40}$/iu,
  clause: /[,;:.!?\n–—]|\s(?:und|aber|oder|denn|dann|weil|wenn|dass|ob|bevor|nachdem|während)\s/giu,
  // Nouns have capitals.
  names: [
    /(?<=\p{L}[ -]|„|")(?!(?:Sie|Ihnen|Ihr|Ihre|Ihren)\b)\p{Lu}\p{L}+|^(?:Der|Die|Das|Ein|Eine|Mein|Meine|Unser|Unsere)\s+\p{L}+|^\p{Lu}\p{L}+(?=\s+(?:ist|sind|war|hat|wird|kann)\b)/u,
  ],
  namesPerson: [/(?<=\p{L}[ -])(?!(?:Sie|Ihnen|Ihr|Ihre|Ihren)\b)\p{Lu}\p{L}+/u],
});

const french = language({
  common: words(
    "le la les un une des et est sont pas je tu il elle nous vous ils elles que qui pour dans avec sur quoi comment pourquoi quand où peux peut pouvez ça cela ce mon ma mes plus au aux du de en y se te me moi leur lui explique traduis fait quel quelle",
  ),
  letters: /[àèêëçùœ]/i,
  empty: [
    /\best-ce (?:que|qu['’])|\bqu['’]est-ce (?:que|qui|qu['’])|\bce (?:que|qui|dont)\b|\bce qu['’]/giu,
    /\bil\s+(?:pleut|neige|y a|faut|fait|s['’]agit|semble|suffit|reste|est (?:possible|impossible|important|nécessaire|temps|tard|tôt|midi|minuit|clair|vrai|\d+))\b/giu,
    /\b(?:pleut|neige|fait|faut|est)-(?:t-)?il\b|\by a-t-il\b/giu,
    /\bc['’]est-à-dire\b|\bça va\b|^c['’]est (?:mon|ma|notre)\b|^ce sont (?:mes|nos)\b/giu,
    /\b(?:ce|cet|cette|ces)\s+(?:matin|soir|après-midi|nuit|semaine|mois|année|an|week-end|jours|été|hiver|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|fois)\b/giu,
  ],
  points: [
    /(?<![\p{L}’'])(?:il|elle|ils|elles|lui|ça|cela|ceci|celle|celui|ceux|celles|son|sa|ses|leur|leurs)\b/iu,
    /\p{L}-(?:le|la|les|lui|leur|en|y)\b/iu,
    /\b(?:peux|peut|pouvez|pourrais|pourriez|veux|voudrais|dois|vais|faut|puis)(?:-tu|-vous|-je)?\s+(?:me\s+|nous\s+)?(?:le|la|les)\s+\p{L}+(?:er|ir|re)\b/iu,
    /\b(?:c['’](?:est|était)|ce (?:sont|n['’]est|serait))\b/iu,
    /\b(?:ce|cet|cette|ces)\s+\p{L}/iu,
    /\b(?:le|la|les) (?:mêmes?|premi(?:er|ère)s?|second[es]*|derni(?:er|ère)s?|autres?)\s*(?:$|[?.!,])/iu,
  ],
  person: /\blui\b/iu,
  goesOn:
    /^(?:et|mais|ok)[, ]+(?:pour|en|avec|à|au|si|le|la|les|dans|comment|pourquoi|quand|où|qui|alors|après|ensuite)\b.{0,60}\?$|^(?:pourquoi|continue|encore|(?:dis-m['’]en )?plus)\s*[?.!]*$/iu,
  clause: /[,;:.!?\n–—]|\s(?:et|mais|ou|donc|car|puis|parce|quand|si|lorsque|pendant|qui|que)\s/giu,
  names: [
    /(?<![\p{L}’'-])(?:le|la|les|un|une|des|mon|ma|mes|ton|ta|tes|notre|nos|votre|vos|du)\s+(?!(?:même|premier|première|dernier|dernière|autre)\b)\p{L}{2,}|(?<!\p{L})[ld]['’]\p{L}{2,}/iu,
    PROPER,
  ],
  namesPerson: [PROPER],
});

const spanish = language({
  common: words(
    "el la los las un una unos unas y es son no yo tú que qué para en con sobre cómo por cuándo dónde puedes puede podrías lo se mi más de del al eso esto esta este ese esa está están me te su sus quién cuál explica explícame traduce significa hacer hay",
  ),
  letters: /[¿¡ñáíóú]/i,
  empty: [
    /\b(?:est[aeo]s?|es[aeo]s?)\s+(?:mañana|tarde|noche|semana|mes|año|fin de semana|días|verano|invierno|lunes|martes|miércoles|jueves|viernes|sábado|domingo|vez|momento)\b/giu,
    /\b(?:por eso|eso es todo|es decir|lo siento|lo que|por lo (?:menos|tanto|general)|a lo mejor|sin embargo)\b/giu,
    /^(?:est[aeo]s?|eso) (?:es|son) (?:mis?|nuestr[oa]s?|una?|el|la)\b/giu,
    // The verb, not the pronoun.
    /\bestá[ns]?\b/giu,
  ],
  points: [
    /\b(?:él|ella|ellos|ellas|eso|esto|aquello|ese|esa|esos|esas|este|esta|estos|estas|aquel|aquella|su|sus)\b/iu,
    /\b\p{Ll}*[áéí]\p{Ll}*[ae](?:me|te|nos)?l[oa]s?\b|\b(?:haz|di|pon|dí|há)(?:me)?l[oa]s?\b|\b\p{L}{3,}[aei]r(?:me|te|nos)?l[oa]s?\b/iu,
    /(?:^|[¿¡.,;]\s*|\b(?:no|me|te|se|cómo|dónde|cuándo|quién|ya|y))\s*lo\s+(?!(?:más|mejor|peor|mismo que|importante|siento|que)\b)\p{L}/iu,
    /\b(?:(?:el|la|lo|los|las) mism[oa]s?|(?:el|la|los|las) (?:primer[oa]s?|segund[oa]s?|últim[oa]s?|otr[oa]s?|anterior(?:es)?))\s*(?:$|[?.!,])/iu,
  ],
  person: /\b(?:él|ella)\b/iu,
  goesOn:
    /^¿?(?:y|pero|ok)[, ]+(?:para|en|con|a|si|el|la|los|las|cómo|por qué|cuándo|dónde|quién|qué|luego|después)\b.{0,60}\?$|^¿?(?:por qué|continúa|sigue|(?:cuéntame )?más)\s*[?.!]*$/iu,
  clause: /[,;:.!?¿\n–—]|\s(?:y|pero|o|entonces|porque|cuando|si|mientras|que|quien)\s/giu,
  names: [
    /(?<!\p{L})(?:el|la|los|las|un|una|unos|unas|mi|mis|tu|tus|nuestr[oa]s?)\s+(?!(?:mism|primer|segund|últim|otr)[oa]s?(?!\p{L}))\p{L}{2,}/iu,
    PROPER,
  ],
  namesPerson: [PROPER],
});

const chinese = language({
  common: new Set(),
  empty: [
    /^(?:这|這)(?:是|些是)(?:我|一|关于|關於)|其(?:实|實|他|它|中|余|餘|次)|他人|那么|那麼|(?:这|這|那)(?:两天|兩天|几天|幾天|周|週|个月|個月|年|次|时候|時候|段时间|个周末)|(?:这|這)里|(?:这|這)样的话|也就是说|就(?:这|這)样/gu,
  ],
  points: [
    /[它牠他她]|(?:这|這|那)(?:个|個|些|种|種|样|樣|件|位|段|句|本|篇|首|部|家|款|者)?|前者|后者|後者|上述|上面的|其|同样的|同樣的|此(?:外)?(?!外)/u,
  ],
  goesOn:
    /^(?:那)?.{1,12}呢[？?]?$|^(?:为什么|為什麼|为何|继续|繼續|然后呢|还有呢|再详细一点)[？?。!！]*$/u,
  clause: /[，。；：！？、,;:!?\n]/gu,
  names: [/.{4,}/su],
  namesPerson: [/.{4,}/su],
});

const japanese = language({
  common: new Set(),
  empty: [
    /^これは(?:私|僕|俺|うち)|それ(?:では|から|とも|で|に|なら|じゃ|はそうと|はさておき)(?!は)|その(?:ため|後|まま|うち|場合|上)|この(?:辺|間|度|まま|頃|ごろ|週末|後)|あの[、，]|彼岸|今日この頃/gu,
  ],
  points: [
    /それ|これ|あれ|そちら|こちら|そこ|その|この|あの|そんな|こんな|彼女?|前者|後者|上記|同じ(?:もの|やつ|の)?|さっきの|先ほどの/u,
  ],
  goesOn:
    /^(?:じゃあ|では|それでは|で、)?[^の]{1,8}(?:は|だと|の場合は)[？?]$|^(?:なぜ|どうして|なんで|続けて|もっと(?:詳しく|教えて)?|例えば)(?:ですか|ください)?[？?。!！]*$/u,
  clause: /[、。！？，；：,;:!?\n]/gu,
  names: [/.{5,}/su],
  namesPerson: [/.{5,}/su],
});

/** Whose words these are; null where nobody knows. */
export function languageOf(text: string): Language | null {
  if (/[\u3040-\u30FF]/.test(text)) return japanese;
  if (/[\u4E00-\u9FFF]/.test(text)) return chinese;
  if (!/\p{Script=Latin}/u.test(text) || /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(text))
    return null;
  const said = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  let best: Language = english;
  let most = 0;
  for (const candidate of [english, german, french, spanish]) {
    const letters = candidate.letters?.test(text) === true ? 2 : 0;
    const count = letters + said.filter((word) => candidate.common.has(word)).length;
    if (count > most) [best, most] = [candidate, count];
  }
  return best;
}
