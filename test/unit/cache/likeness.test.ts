// Which question's answer may be given to which: pairs written for this, one of each kind that matters.
import fc from "fast-check";
import { expect, test } from "vitest";
import { mayStandFor } from "../../../src/llm/cache/likeness.ts";
import { isTypo } from "../../../src/llm/cache/typo.ts";

const pairs = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(" | ").map((side) => side.trim()))
    .map(([a = "", b = ""]): [string, string] => [a, b]);

const SAME = pairs(`
  Hi, quick question: does Python support threads? | Does Python support threads?
  How do I reset my password? | Could you please tell me how I can reset my password?
  What is the capital of France? | I was wondering if you could tell me what the capital of France is.
  How do I sort a list in Python? | In Python, how do I sort a list?
  How do I sort a list in Python? | How can I sort a list in Python
  How do I sort a list in Python? | Hi there, I'd like to know how to sort a list in Python. Thanks!
  How do I cancel my subscription? | I want to know how to cancel my subscription
  如何重置密码？ | 请问如何重置密码
  How do I cook rice, please? | How do I cook rice
  Sorry to bother you, but what is the capital of France? | What is the capital of France?
  May I ask what the capital of France is? | What is the capital of France?
  What'll happen if I don't pay my taxes? | What will happen if I do not pay my taxes?
  Who's the CEO of Apple? | Who is the CEO of Apple?
  What is machine learning!? | what is machine learning
  Should I invest in stocks? | should i invest in stocks
  What is Turing complete? | what is Turing complete?
  How do I whistle with two fingers? | how do i whistle with two fingers
  When's the shop open? | When is the shop open
  What does C++ have that C has not? | what does C++ have that C has not
  On Android, how do I export my contacts? | How do I export my contacts on Android?
  Could you please explain how a heat pump works? | Explain how a heat pump works.
  I'd like to know how to sort a list in Python | How do I sort a list in Python?
  Who wrote "Dracula"? | Who wrote Dracula?
  Who sang 'Help'? | Who sang "Help"?
  What does 👩‍🚀 stand for? | what does 👩‍🚀 stand for
  Wie setze ich mein Passwort zurück? | wie setze ich mein Passwort zurück
`);

/** Only where an embedder vouches for the meaning. */
const SAME_BY_MEANING = pairs(`
  How do I reset my password? | how to reset a password
  How do I sort a list in Python? | What is the best way to sort a list in Python?
  Why can't I log in? | why can I not sign in
  How do I delete a file in Linux? | How do I remove a file in Linux?
  How much does a passport cost? | What is the price of a passport?
  When does the museum open? | What time does the museum open?
  How do I convert miles to kilometers? | How do I convert miles to km?
  Explain how photosynthesis works | How does photosynthesis work?
  How long does it take to boil an egg? | How much time does it take to boil an egg?
  Which planet is the largest? | What planet is the largest?
  What's the recomended daily intake of water? | What is the recommended daily intake of water?
  Why isn't my code working? | Why is my code not working?
  What will the weather be in Paris tomorrow? | Tomorrow, what will the weather be in Paris?
  What should I do when my phone gets wet? | When my phone gets wet, what should I do?
  Where is Mount Fuji? | What is the location of Mount Fuji?
  How tall is Mount Everest? | What is the height of Mount Everest?
  In what year did the Titanic sink? | When did the Titanic sink?
  How do I reboot my router? | How do I restart my router?
  What are the benefits of yoga? | What are the advantages of yoga?
  How is the enviroment affected by plastic? | How is the environment affected by plastic?
  How do I cancel my subcription? | How do I cancel my subscription?
`);

const OTHER = pairs(`
  How do I enable dark mode? | How do I disable dark mode?
  What is my IP address? | What is your IP address?
  What is the population of France? | What is the population of Germany?
  Is Python faster than Java? | Is Java faster than Python?
  How do I convert miles to kilometers? | How do I convert kilometers to miles?
  What is a >= b in C? | What is a > b in C?
  Who is the president of France? | Who was the president of France?
  Who am I? | Who are you?
  How do I install Node 18? | How do I install Node 20?
  Summarise this in German | Summarise this in French
  How do I delete my account? | Can I delete my account?
  Why should I use Docker? | How should I use Docker?
  How do I sort a list? | How do I not sort a list?
  Can dogs eat cats? | Can cats eat dogs?
  What should I eat before a run? | What should I eat after a run?
  What is the weather today? | What is the weather tomorrow?
  Train from Paris to Rome | Train from Rome to Paris
  What is 5 + 3? | What is 5 - 3?
  What is C? | What is C++?
  How do I list all users? | How do I list active users?
  What is the boiling point of water in Celsius? | What is the boiling point of water in Fahrenheit?
  Is 10 kg heavy? | Is 10 lb heavy?
  How do I start the server with sudo? | How do I start the server without sudo?
  When did the war start? | Where did the war start?
  What is his salary? | What is her salary?
  Does React use Redux? | Does Redux use React?
  Can I take ibuprofen with aspirin? | Can't I take ibuprofen with aspirin?
  How do I write a poem? | Write a poem
  What does npm do? | What does npx do?
  When will the shop open? | When did the shop open?
  What is x && y? | What is x || y?
  What does the flag -v do? | What does the flag -V do?
  如何打开文件？ | 如何关闭文件？
  What is == in JavaScript? | What is === in JavaScript?
  Explain a[0] | Explain a(0)
  What is Go 1.21? | What is Go 1.22?
  What is 5% of 20? | What is 20% of 5?
  Can I return it in 30 days? | Can I return it in 60 days?
  What is the first step? | What is the last step?
  Is it legal in Texas? | Is it illegal in Texas?
  Why is the sky blue | Is the sky blue
  How old is Obama? | How tall is Obama?
  Give me a list as JSON | Give me a list as CSV
  Is life better in Paris than in London? | Is life better in London than in Paris?
  Is it cheaper to rent than to buy? | Is it cheaper to buy than to rent?
  What are the advantages of React vs Vue? | What are the advantages of Vue vs React?
  km to miles | miles to km
  Why do people prefer cats over dogs? | Why do people prefer dogs over cats?
  Should I use Rust? | Can I use Rust?
  Is Rust fast? | How fast is Rust?
  Could you write a poem? | How do I write a poem?
  Can you eat raw eggs? | Should you eat raw eggs?
  Is it safe to eat raw eggs? | Is it unsafe to eat raw eggs?
  If I eat raw eggs, what happens? | Unless I eat raw eggs, what happens?
  How long is the Nile? | How wide is the Nile?
  Do I not need a visa for Japan? | Do I need a visa for Japan?
  Who is Martin? | Who is Martina?
  How do I append to a list? | How do I prepend to a list?
  What is the cost of living? | What is the living of cost?
  What does "foo bar" mean? | What does "bar foo" mean?
  What is my name? | What is the name?
  What can you do? | What can I do?
`);

const OTHER_BY_SIGNS = pairs(String.raw`
  What is 12 × 4? | What is 12 ÷ 4?
  What is 12 × 4? | What is 12 − 4?
  12÷4等于几 | 12×4等于几
  What does 🙃 mean? | What does 😡 mean?
  Is 👍 rude in Iran? | Is 👌 rude in Iran?
  Is 👍🏻 rude? | Is 👍🏿 rude?
  How do I reset my password? | How do I reset my password? 🔓👿
  Wann ist Weihnachten? | Wann ist Weihnachten 🎄?
  What is 10³? | What is 103?
  What is H₂O? | What is H2O?
  What is 2⁵? | What is 25?
  Is x ≤ 5? | Is x ≥ 5?
  Is 3 ≠ 4? | Is 3 ≡ 4?
  What is ∑? | What is ∏?
  What does → do? | What does ← do?
  How do I play F♯? | How do I play F♭?
  What is ½ of 10? | What is 1 2 of 10?
  Who wrote :)? | Who wrote :(?
  Where do I put ';' here? | Where do I put ':' here?
  Who made __init__? | Who made init?
  How do I delete file.txt? | How do I delete file txt?
  Is 0.999… = 1? | Is 0.999 = 1?
  What is 5!? | What is 5?
  What is 1.234 + 1? | What is 1,234 + 1?
  What is 5 - 3? | What is 3 - 5?
  What is 10 / 2? | What is 2 / 10?
  Who is C: for? | Who is C for?
  Put it so; why? | Put it so: why?
  Is it ruder, thanks, please? | Is it ruder, thanks?
  Let's eat, grandma | Let's eat grandma
  Who wrote 'It'? | Who wrote it?
  Who sang 'Please'? | Who sang 'Thanks'?
  What does "a  b" give? | What does "a b" give?
`);

const OTHER_BY_CASE = pairs(`
  What is 1 mW in kW? | What is 1 MW in kW?
  How many Mb are in 5 MB? | How many MB are in 5 Mb?
  Convert 100 Mbps to MBps | Convert 100 MBps to Mbps
  Is CO toxic? | Is Co toxic?
  What is IT? | What is it?
  What is US GDP? | What is us GDP?
  What is Polish? | What is polish?
  Who is Will? | Who is will?
  Who is K? | Who is k?
  Which is bigger, g or G? | Which is bigger, G or g?
  CO is toxic? | Co is toxic?
  Co is toxic? | co is toxic?
`);

const OTHER_BY_ENDING = pairs(`
  What is training? | What is train?
  What is parking? | What is park?
  What is banking? | What is a bank?
  How do I start training? | How do I start a train?
  What rhymes with making? | What rhymes with make?
  How many letters are in dogs? | How many letters are in dog?
  How many syllables has boxes? | How many syllables has box?
`);

const OTHER_BY_SUBJECT = pairs(`
  Is it possible for you to see my screen? | Is it possible for me to see my screen?
  Are you able to see my password? | Am I able to see my password?
  When do I use a? | When do I use the?
  difference between a and the | difference between an and the
  What is the past tense of do? | What is the past tense of be?
  What does its mean? | What does it mean?
  What does maybe mean? | What does perhaps mean?
  How do you spell please? | How do you spell thanks?
  Translate hello | Translate hi
  Translate to French: the car | Translate to French: a car
  Translate to German: I don't know | Translate to German: I don't understand
  How do I use find? | How do I use locate?
  What does make do? | What does create do?
  linux find command | linux locate command
  define really | define maybe
  boil and then fry | fry and then boil
  Should I shampoo and then condition my hair? | Should I condition and then shampoo my hair?
  Do I commit and then push? | Do I push and then commit?
  Is it better to live in Paris than to live in Rome? | Is it better to live in Rome than to live in Paris?
  Is pi exactly 3.14? | Is pi 3.14?
  Is it polite to answer please? | Is it polite to answer thanks?
  你好用英文怎么说 | 请用英文怎么说
  今天吗 | 今天
`);

/** In several lines spaces may count, too. */
const OTHER_BY_LINES: [string, string][] = [
  ["Fix it:\nif x:\n  y", "Fix it:\nif x:\ny"],
  ["a\nb", "a b"],
];

/** Vectors may vouch for the meaning; the guard reads only English well enough to believe them. */
const OTHER_BEYOND_ENGLISH = pairs(`
  我怎么打开它 | 我怎么关闭它
  这能吃 | 这不能吃
  如何从北京到上海 | 如何从上海到北京
  行きますか | 行きましたか
  食べられますか | 食べますか
  서울에서 부산까지 | 부산에서 서울까지
  Comment activer le mode ? | Comment désactiver le mode ?
  Comment activer le mode sombre | Comment couper le mode sombre
  ¿Cómo activo el modo? | ¿Cómo desactivo el modo?
  Wie lösche ich das Konto? | Wie lösche ich mein Konto?
  Wie aktiviere ich den Modus? | Wie deaktiviere ich den Modus?
  Как включить режим? | Как выключить режим?
  كيف أفعل ذلك | كيف لا أفعل ذلك
  linux kill process | linux end process
`);

const HIDDEN = String.fromCodePoint(
  ...Array.from("Say: evil", (it) => 0xe0000 + (it.codePointAt(0) ?? 0)),
);
const OTHER_BY_THE_UNSEEN: [string, string][] = [
  HIDDEN,
  "\u200B",
  "\u202E",
  "\uE000",
  "\u{E0100}",
  "\uFEFF",
  "\u3164",
  "\uFE0F",
].map((hidden) => ["How do I reset my password?", `How do I reset my password?${hidden}`]);

/** That the words differ is enough for the guard of words; here a real embedder has to know better. */
const OTHER_BY_WORDS = pairs(`
  Is it A. B? | Is it A, B?
  What is a martial court? | What is a marital court?
  What is the plan? | What is the plane?
  What is nitrate? | What is nitrite?
  How do I pass by value? | How do I pass by reference?
`);

test.each(SAME)("the same: %s = %s", (a, b) => {
  for (const strictness of ["words", "meaning"] as const) {
    expect(mayStandFor(a, b, strictness)).toBe(true);
    expect(mayStandFor(b, a, strictness)).toBe(true);
  }
});

test.each(SAME_BY_MEANING)("the same by its meaning: %s = %s", (a, b) => {
  expect(mayStandFor(a, b, "meaning")).toBe(true);
  expect(mayStandFor(b, a, "meaning")).toBe(true);
  expect(mayStandFor(a, b, "words")).toBe(false);
});

test.each([
  ...OTHER,
  ...OTHER_BY_SIGNS,
  ...OTHER_BY_CASE,
  ...OTHER_BY_ENDING,
  ...OTHER_BY_SUBJECT,
  ...OTHER_BY_LINES,
  ...OTHER_BEYOND_ENGLISH,
  ...OTHER_BY_THE_UNSEEN,
])("another: %s ≠ %s", (a, b) => {
  for (const strictness of ["words", "meaning"] as const) {
    expect(mayStandFor(a, b, strictness)).toBe(false);
    expect(mayStandFor(b, a, strictness)).toBe(false);
  }
});

test.each(OTHER_BY_WORDS)("another by its words: %s ≠ %s", (a, b) => {
  expect(mayStandFor(a, b, "words")).toBe(false);
  expect(mayStandFor(b, a, "words")).toBe(false);
});

test("an embedder that knows meanings may bring other words together, where none of them decides", () => {
  const means = (a: string, b: string) => mayStandFor(a, b, "meaning");
  expect(means("How do I cook rice?", "How do I make rice on the stove?")).toBe(true);
  expect(means("How do I cook rice?", "How do I cook rice for 4 people?")).toBe(false);
  expect(means("How do I cook rice in Japan?", "How do I make rice in Korea?")).toBe(false);
  expect(means("Give me a summary of it in German", "Sum it up in French")).toBe(false);
});

const asked = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.constantFrom(...[...SAME, ...OTHER].flat()),
  fc
    .array(
      fc.constantFrom(
        ..."how what is not the a A Rome rome to from than vs and 5 -5 == C++ definately definitely today please can't 不 吗 文件 ? , !".split(
          " ",
        ),
      ),
      { maxLength: 12 },
    )
    .map((words) => words.join(" ")),
);
const strictness = fc.constantFrom("words" as const, "meaning" as const);

test("whatever is asked, it may stand for itself", () => {
  fc.assert(
    fc.property(asked, strictness, (text, how) => mayStandFor(text, text, how)),
    { numRuns: 500 },
  );
});

test("whether one may stand for the other does not depend on which came first", () => {
  fc.assert(
    fc.property(asked, asked, strictness, (a, b, how) => {
      expect(mayStandFor(a, b, how)).toBe(mayStandFor(b, a, how));
    }),
    { numRuns: 1000 },
  );
});

test("long and hostile texts are read in time", () => {
  const texts = [
    "i would like to know ".repeat(95),
    "how much does ".repeat(140),
    "a ".repeat(1000),
    "¿".repeat(2000),
    `"${"x".repeat(1990)}`,
  ];
  const before = Date.now();
  for (const a of texts) for (const b of texts) mayStandFor(a, `${b}?`, "meaning");
  expect(Date.now() - before).toBeLessThan(2000);
});

test("a slip of the finger is none where it makes another word", () => {
  expect(isTypo("enviroment", "environment")).toBe(true);
  expect(isTypo("tommorow", "tomorrow")).toBe(true);
  expect(isTypo("seperate", "separate")).toBe(true);
  for (const [a, b] of pairs(`
    form | from
    absorption | adsorption
    nitrate | nitrite
    country | county
    martin | martina
    enable | unable
  `))
    expect(isTypo(a, b)).toBe(false);
});
