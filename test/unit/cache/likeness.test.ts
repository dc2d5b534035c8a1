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
  How do I reset my password? | how to reset a password
  How do I reset my password? | Could you please tell me how I can reset my password?
  What is the capital of France? | what's the capital of france
  What is the capital of France? | Tell me the capital of France.
  What is the capital of France? | What is France's capital?
  What is the capital of France? | I was wondering if you could tell me what the capital of France is.
  How do I sort a list in Python? | In Python, how do I sort a list?
  How do I sort a list in Python? | What is the best way to sort a list in Python?
  How do I sort a list in Python? | How can I sort a list in Python
  How do I sort a list in Python? | Hi there, I'd like to know how to sort a list in Python. Thanks!
  Why can't I log in? | why can I not sign in
  What is the difference between TCP and UDP? | What's the difference between UDP and TCP?
  How do I delete a file in Linux? | How do I remove a file in Linux?
  What does idempotent mean? | What is the meaning of idempotent?
  What does "idempotent" mean? | what does idempotent mean?
  How much does a passport cost? | What is the price of a passport?
  Who wrote Hamlet? | Who is the author of Hamlet?
  How do I cancel my subscription? | I want to know how to cancel my subscription
  When does the museum open? | What time does the museum open?
  How do I convert miles to kilometers? | How do I convert miles to km?
  Explain how photosynthesis works | How does photosynthesis work?
  I don't know how to install Docker on Ubuntu | How do I install Docker on Ubuntu?
  Is it possible to run Windows on a Mac? | Can I run Windows on a Mac?
  如何重置密码？ | 请问如何重置密码
  How long does it take to boil an egg? | How much time does it take to boil an egg?
  Which planet is the largest? | What planet is the largest?
  How do I increase the font size in VS Code? | how to raise the font size in vs code
  What's the recomended daily intake of water? | What is the recommended daily intake of water?
  Is Python faster than Java? | is python faster than java
  How do I cook rice, please? | How do I cook rice
  Would you mind telling me how to reset my password? | How do I reset my password?
  Sorry to bother you, but what is the capital of France? | What is the capital of France?
  Hello bot, would it be possible to tell me how photosynthesis works? | How does photosynthesis work?
  May I ask what the capital of France is? | What is the capital of France?
  I'd appreciate it if you could explain how photosynthesis works. | How does photosynthesis work?
  Hello! Could you please translate "good morning" into Spanish? Thank you! | Translate "good morning" into Spanish
  Can you recommend a good book about Rome? | Please recommend a good book about Rome.
  Hi, quick question: does Python support threads? | Does Python support threads?
  I wonder if Python supports threads | Does Python support threads?
  Do you know whether Python supports threads? | Does Python support threads?
  Why isn't my code working? | Why is my code not working?
  What'll happen if I don't pay my taxes? | What will happen if I do not pay my taxes?
  Who's the CEO of Apple? | Who is the CEO of Apple?
  What will the weather be in Paris tomorrow? | Tomorrow, what will the weather be in Paris?
  Is it safe to eat raw eggs? | Eating raw eggs: is it safe?
  Which is better, tea or coffee? | Tea or coffee: which is better?
  Using Python, how do I read a file? | How do I read a file using Python?
  What should I do when my phone gets wet? | When my phone gets wet, what should I do?
  WHAT IS MACHINE LEARNING??? | What is machine learning?
  What is machine learning!? | what is machine learning
  Where is Mount Fuji? | What is the location of Mount Fuji?
  How tall is Mount Everest? | What is the height of Mount Everest?
  In what year did the Titanic sink? | When did the Titanic sink?
  How do I reboot my router? | How do I restart my router?
  What are the benefits of yoga? | What are the advantages of yoga?
  How is the enviroment affected by plastic? | How is the environment affected by plastic?
  How do I cancel my subcription? | How do I cancel my subscription?
  List the planets of the solar system | What are the planets of the solar system?
  Should I invest in stocks? | should i invest in stocks
  Wie setze ich mein Passwort zurück? | wie setze ich mein passwort zurück
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

/** That the words differ is enough for the guard of words; here a real embedder has to know better. */
const OTHER_BY_WORDS = pairs(`
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

test.each(OTHER)("another: %s ≠ %s", (a, b) => {
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
  expect(isTypo("enviroment", "environment", false)).toBe(true);
  expect(isTypo("tommorow", "tomorrow", false)).toBe(true);
  expect(isTypo("seperate", "separate", false)).toBe(true);
  for (const [a, b] of pairs(`
    form | from
    absorption | adsorption
    nitrate | nitrite
    country | county
    martin | martina
    enable | unable
  `))
    expect(isTypo(a, b, false)).toBe(false);
  expect(isTypo("carter", "cartier", true)).toBe(false);
});
