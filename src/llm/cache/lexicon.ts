// Words that the guard knows: what says nothing, what says the same, and what must not be exchanged.
// Small on purpose. A word that is missing here costs a hit; one that is wrong here tells a lie.

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** `a=b=c`: each is read as the first. */
const same = (text: string) =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .flatMap((line) => {
        const [first = "", ...rest] = line.split("=");
        return rest.map((word): [string, string] => [word, first]);
      }),
  );

/** Grammar: dropped once persons, tenses, modals and the intent have been read from it. */
export const GRAMMAR = words(`
  a an the be is are am was were been being do does did have has had having it its itself there that
  i me my mine we us our ours you your yours would could may might can should will shall must ought
  what which who whom whose how why some so then`);

/** Stems of which each is read as the first. */
export const SYNONYMS = same(`
  fast=quick=rapid=quickly=rapidly big=large start=begin=commence buy=purchase delete=remove=erase
  make=create car=automobile photo=picture=pic movie=film show=display choose=pick=select
  cheap=inexpensive doctor=physician get=obtain allow=permit help=assist finish=complete
  phone=telephone=cellphone tv=television often=frequently price=cost=fee easy=simple hard=difficult
  smart=clever=intelligent important=significant illness=disease lawyer=attorney
  salary=wage reduce=decrease increase=raise=boost sofa=couch trip=journey rich=wealthy
  vacation=holiday apartment=flat gas=petrol mother=mom=mum father=dad color=colour
  center=centre use=utilize=utilise folder=directory website=site application=app
  documentation=docs repository=repo configuration=config information=info advantage=benefit=pro
  disadvantage=drawback=con advice=tip close=shut every=all=each error=mistake
  child=kid repair=fix modify=change=alter connect=link
  describe=explain kilometer=km=kilometre mile=mi kilogram=kg=kilo gram=g meter=m=metre
  centimeter=cm=centimetre millimeter=mm pound=lb=lbs ounce=oz liter=litre second=sec minute=min
  hour=hr dollar=usd=buck euro=eur gbp=quid celsius=centigrade percent=percentage
  usa=america uk=britain javascript=js typescript=ts database=db kubernetes=k8s
  postgres=postgresql=psql gb=gigabyte mb=megabyte kb=kilobyte tb=terabyte
  biggest=largest bigger=larger fastest=quickest faster=quicker closest=nearest
  job=occupation=profession house=home stop=halt answer=reply try=attempt shop=store ill=sick
  plane=airplane=aeroplane=aircraft bike=bicycle fridge=refrigerator exam=examination flu=influenza
  lab=laboratory restart=reboot calculate=compute verify=validate merge=combine copy=duplicate
  find=locate send=transmit speak=talk cure=remedy main=principal=primary country=nation
  teacher=instructor student=pupil employee=worker company=firm baby=infant trash=garbage=rubbish
  truck=lorry subway=metro replace=substitute contain=include happen=occur live=reside
  rarely=seldom usually=normally=typically=generally immediately=instantly now=currently=nowadays
  cancel=terminate author=writer tip=suggestion=recommendation cook=prepare road=street
  famous=renowned beautiful=pretty=gorgeous scared=afraid=frightened
  strange=weird=odd quiet=silent tired=exhausted dangerous=hazardous
  need=require keep=retain speed=velocity ad=advert=advertisement
  organisation=organization behaviour=behavior favourite=favorite grey=gray optimise=optimize
  analyse=analyze organise=organize summarise=summarize cancelled=canceled programme=program`);

/** Numbers that are written out. "One" is left out: it is a pronoun as often. */
export const NUMBERS = new Map(
  "zero:0 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 thirteen:13 fourteen:14 fifteen:15 sixteen:16 eighteen:18 twenty:20 thirty:30 forty:40 fifty:50 sixty:60 seventy:70 eighty:80 ninety:90 hundred:100 thousand:1000"
    .split(" ")
    .map((pair): [string, string] => {
      const [word = "", digits = ""] = pair.split(":");
      return [word, digits];
    }),
);

export const NEGATIONS = words(`
  not no never without none nothing nobody nowhere neither nor cannot non except unless`);

/** Introduces what stands in a relation to the rest; each is read as the word it maps to. */
export const RELATIONS = new Map([
  ...[
    ...words(`of in on at to from by with for about than as over under before after between among
      against through during until since per across around behind below above beside near off up down
      out inside outside within towards like despite because if when while where whether`),
  ].map((word): [string, string] => [word, word]),
  ...same(
    "to=into=onto with=via=using about=regarding=concerning until=till if=whether because=since",
  ),
]);

/** What stands on both sides of these may change places. */
export const JOINTS = words("and or vs versus");

/** Symmetric too, unless one side is asked about: "advantages of A versus B" are not those of B. */
export const VERSUS = words("vs versus");
export const ONESIDED = words(
  "why advantage advantages disadvantage disadvantages benefit benefits drawback drawbacks pros cons better worse more less superior inferior prefer beat beats win wins outperform outperforms",
);

/** Where these are, a "not" may be said of a part: else of the whole, wherever it stands. */
export const PARTS = words("but all every each both only even always because if while that");

/** Said of the whole, wherever it stands. */
export const TIMES = words(
  "yesterday today tomorrow now currently nowadays tonight recently soon always often sometimes usually",
);

/** By what a pronoun is read; the first two may be left out where something is asked in general. */
export const PERSONS = new Map<string, string>(
  Object.entries({
    i: "i me my mine myself",
    we: "we us our ours ourselves",
    you: "you your yours yourself",
    he: "he him his himself",
    she: "she her hers herself",
    they: "they them their theirs themselves",
  }).flatMap(([person, forms]) => forms.split(" ").map((form): [string, string] => [form, person])),
);

export const PAST = words("was were did had");
export const MODALS = new Map<string, string>([
  ["could", "can"],
  ["can", "can"],
  ["should", "should"],
  ["ought", "should"],
  ["must", "must"],
  ["will", "will"],
  ["shall", "will"],
  ["would", "would"],
  ["may", "may"],
  ["might", "may"],
]);
export const INTENTS = new Map<string, string>([
  ["how", "how"],
  ["why", "why"],
  ["when", "when"],
  ["where", "where"],
  ["who", "who"],
  ["whom", "who"],
  ["whose", "whose"],
]);
/** Opens a question that yes or no answers. */
export const OPENS = words(
  "is are was were am do does did have has had can could will would should shall may might must",
);

/** Stems that must be on both sides or on neither, whatever the vectors say: when, how many, in which tongue, as what. */
export const DECISIVE = words(`
  yesterday today tomorrow now currently tonight week weekend month year daily weekly monthly yearly
  annual annually hourly morning evening night noon midnight last next previous former latter
  first second third fourth fifth final earliest latest oldest newest recent
  january february march april may june july august september october november december
  monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter
  every only both most least few many several half twice double single any entire whole average total
  english german french spanish italian portuguese dutch polish russian ukrainian turkish arabic hebrew
  hindi chinese mandarin cantonese japanese korean vietnamese thai greek swedish norwegian danish
  finnish czech hungarian romanian latin
  json yaml xml csv html markdown table list bullet poem haiku rhyme essay email tweet summary code sql
  pdf diagram sentence paragraph word step short brief briefly detail detailed long
  kilometer mile kilogram gram meter centimeter millimeter pound ounce liter gallon second minute hour
  day dollar euro yen gbp celsius fahrenheit kelvin percent degree inch foot feet yard acre hectare
  watt volt amp byte gb mb kb tb
  age height weight width length depth distance speed price population area capacity temperature
  color meaning origin cause symptom treatment name size
  just except instead rather without within always sometimes rarely usually never
  very too also really actually basically simply exactly maybe perhaps possibly
  people someone somebody anyone everyone state country city best please thanks hello hi goodbye sorry`);

/** Stems of which one must not be answered by the other's answer. */
export const OPPOSITES: readonly (readonly [string, string])[] =
  `enable/disable increase/reduce before/after first/last min/max minimum/maximum minimize/maximize open/close
  install/uninstall buy/sell my/your start/stop start/end begin/end add/delete add/subtract push/pull upload/download
  import/export encrypt/decrypt encode/decode compress/decompress lock/unlock mount/unmount show/hide
  on/off up/down left/right top/bottom in/out inside/outside north/south east/west hot/cold warm/cool big/small
  long/short tall/short high/low old/new old/young young/old good/bad better/worse best/worst more/less
  most/least fast/slow early/late easy/hard light/dark light/heavy wet/dry full/empty rich/poor cheap/expensive
  strong/weak safe/dangerous true/false yes/no love/hate like/dislike accept/decline accept/reject approve/reject
  allow/deny allow/forbid allow/block join/leave enter/exit arrive/leave arrive/depart win/lose pass/fail
  succeed/fail borrow/lend give/take send/receive ask/answer teach/learn ascend/descend ascending/descending
  above/below over/under internal/external public/private local/remote client/server input/output
  read/write get/set attach/detach connect/disconnect subscribe/unsubscribe follow/unfollow login/logout
  turnon/turnoff mute/unmute freeze/thaw expand/collapse include/exclude positive/negative advantage/disadvantage
  pros/cons legal/illegal possible/impossible male/female man/woman boy/girl husband/wife father/mother
  brother/sister son/daughter king/queen employer/employee teacher/student parent/child horizontal/vertical
  row/column absolute/relative static/dynamic sync/async synchronous/asynchronous encrypt/hash gain/lose
  credit/debit deposit/withdraw profit/loss supply/demand birth/death born/die lunch/dinner breakfast/dinner
  day/night sunrise/sunset summer/winter gross/net acid/base predator/prey question/answer cause/effect
  cause/prevent prevent/treat symptom/treatment upgrade/downgrade hire/fire marry/divorce remember/forget
  find/lose build/destroy save/delete save/spend create/delete make/delete insert/delete append/prepend
  prefix/suffix odd/even prime/composite sum/difference multiply/divide plus/minus square/cube`
    .trim()
    .split(/\s+/)
    .map((pair): [string, string] => {
      const [a = "", b = ""] = pair.split("/");
      return [a, b];
    });

/** Makes the opposite of a word, or another thing altogether. */
export const PREFIXES = [
  "un",
  "in",
  "im",
  "ir",
  "il",
  "dis",
  "de",
  "non",
  "mis",
  "anti",
  "a",
  "re",
];

/** Real words that a slip of the finger would make of one another. */
export const NOT_TYPOS = words(`
  martial/marital county/country casual/causal desert/dessert united/untied personal/personnel
  sacred/scared dairy/diary conversation/conservation formally/formerly corporal/corporeal
  stationary/stationery complement/compliment discreet/discrete immanent/imminent later/latter
  ingenious/ingenuous lightening/lightning prescribe/proscribe statue/statute super/supper diner/dinner
  below/bellow adopter/adapter migrant/emigrant coarse/course
  human/humane breath/breathe curser/cursor loosing/losing planed/planned moral/morale`);
