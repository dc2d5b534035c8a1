import fc from "fast-check";
import { expect, test } from "vitest";
import { snippetOf } from "../../src/store/snippets.ts";
import { fold, indexWords, matchQuery, ownerTerm, phrasesOf } from "../../src/store/words.ts";

const owner = { tenant_id: "t", user_id: "u" };
const words = (query: string) => matchQuery(owner, query)?.replace('owner : "txxu0" AND ', "");
const shown = (text: string, query: string) => snippetOf(text, phrasesOf(query));
const textOf = (html: string) =>
  html
    .replaceAll(/<\/?mark>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

test.each([
  ["Straight, and simple.", "straight and simple"],
  ["ＦＵＬＬ width ﬁne №1", "full width fine no1"],
  ["Crème Brûlée, naïve", "creme brulee naive"],
  ["İstanbul ΣΊΣΥΦΟΣ", "istanbul σισυφοσ"],
  ["user@example.com 3.14 don't", "user example com 3 14 don t"],
  ["東京都", "東京 京都 都"],
  ["猫", "猫"],
  ["私はiPhoneを買う", "私は は iphone を買 買う う"],
  ["ﾊﾞｽ", "バス ス"],
  ["がき", "がき き"],
  ["한국어 공부", "한국 국어 어 공부 부"],
  ["สวัสดี", "สว วั ัส สด ดี ี"],
  ["नमस्ते दुनिया", "नमस्ते दुनिया"],
  ["שָׁלוֹם עוֹלָם", "שלום עולם"],
  ["مُحَمَّد كـتـاب", "محمد كتاب"],
  ["🎉 party 👩‍🚀❤️", "\uE0001f3890 party \uE0001f4690 \uE0001f6800 \uE00027640"],
  ["… — !?", ""],
])("%s is indexed as %s", (text, indexed) => {
  expect(indexWords(text)).toBe(indexed);
});

test("half a surrogate pair is no word", () => {
  expect(indexWords("half a pair \uD83D here")).toBe("half a pair here");
  expect(matchQuery(owner, "\uD800")).toBeNull();
});

test("at most 50,000 characters are indexed, whatever becomes of them", () => {
  expect(indexWords(`${"a ".repeat(25_000)}beyond`)).not.toContain("beyond");
  // One character that NFKC makes eighteen of: what is bound for a parameter stays bounded.
  expect(indexWords("\uFDFA".repeat(50_000)).length).toBeLessThanOrEqual(50_000);
  expect(indexWords("漢".repeat(50_000)).length).toBeLessThanOrEqual(150_000);
  expect(indexWords("x".repeat(1000))).toHaveLength(64);
});

test.each([
  ["tide", 'words : "tide" *'],
  ["how tides work", 'words : "how" AND words : "tides" AND words : "work" *'],
  ["a to", 'words : "a" AND words : "to"'], // too short to be the beginning of a word
  ['"spring tide" moon', 'words : "spring tide" AND words : "moon" *'],
  ['moon "spring tide"', 'words : "moon" AND words : "spring tide"'],
  ["“spring tide”", 'words : "spring tide"'],
  ["well-known", 'words : "well known" *'],
  ["東京都", 'words : "東京 京都"'],
  ["猫", 'words : "猫" *'],
  ["猫 犬", 'words : "猫" * AND words : "犬" *'],
  ["iPhone手機", 'words : "iphone 手機"'],
  ["手機iPhone", 'words : "手機 機 iphone" *'],
  ["🎉", 'words : "\uE0001f3890"'],
  ['" OR owner : x', 'words : "or" AND words : "owner" AND words : "x"'],
  ["owner:x*", 'words : "owner x"'],
  ["NEAR(a b, 2)", 'words : "near a" AND words : "b" AND words : "2"'],
  ["NOT secret", 'words : "not" AND words : "secret" *'],
  ['say "unfinished', 'words : "say" AND words : "unfinished" *'],
  ["^start {a b} + c", 'words : "start" AND words : "a" AND words : "b" AND words : "c"'],
])("%s is asked for as %s", (query, match) => {
  expect(words(query)).toBe(match);
});

test.each(["", "   ", '""', "*", '" " *', "- + ^ : ( )", "\u200B\u200F", "\uE000"])(
  "there is no word in %j",
  (query) => {
    expect(matchQuery(owner, query)).toBeNull();
  },
);

test("whatever is typed, a query is the owner and quoted words, no more", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom(
        ...Array.from("\"'*^:(){}+-, aB1漢字かがสवि🎉\u0301\u3099"),
        " OR ",
        " NOT ",
        " AND ",
        "NEAR(",
        "owner",
      ),
      maxLength: 40,
    }),
  );
  const word = String.raw`(?:\uE000[0-9a-f]+|[\p{L}\p{N}\p{Mn}\p{Mc}]+)`;
  const grammar = new RegExp(
    `^owner : "txxu0"(?: AND words : "${word}(?: ${word})*"(?: \\*)?)+$`,
    "u",
  );
  fc.assert(
    fc.property(anything, (query) => {
      const match = matchQuery(owner, query);
      if (match !== null) expect(match).toMatch(grammar);
    }),
    { numRuns: 2000 },
  );
});

test("no two owners share a term, and no tokenizer changes one", () => {
  const id = fc.string({ unit: fc.constantFrom(...Array.from('axXé_0漢" ')), maxLength: 6 });
  const pair = fc.record({ tenant_id: id, user_id: id });
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      expect(ownerTerm(one)).toMatch(/^[a-z0-9]*0$/);
      const same = one.tenant_id === other.tenant_id && one.user_id === other.user_id;
      expect(ownerTerm(one) === ownerTerm(other)).toBe(same);
    }),
    { numRuns: 5000 },
  );
});

test("folding twice is folding once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(fold(fold(text))).toBe(fold(text));
    }),
  );
});

test.each([
  ["The tide is high", "tide", "The <mark>tide</mark> is high"],
  ["Running dogs ran", "run dog", "<mark>Running</mark> <mark>dogs</mark> ran"],
  ["Universities", "university", "<mark>Universities</mark>"],
  ["A category of cats", "cat", "A <mark>category</mark> of <mark>cats</mark>"],
  ["A category of cats", "cat of", "A category <mark>of</mark> <mark>cats</mark>"],
  ["Crème brûlée", "creme", "<mark>Crème</mark> brûlée"],
  ["Cre\u0300me", "crème", "<mark>Cre\u0300me</mark>"],
  ["私は黒猫が好き", "黒猫", "私は<mark>黒猫</mark>が好き"],
  ["私は黒猫が好き", "猫", "私は黒<mark>猫</mark>が好き"],
  ["古いﾊﾞｽです", "バス", "古い<mark>ﾊﾞｽ</mark>です"],
  ["한국어를 공부하다", "한국어", "<mark>한국어</mark>를 공부하다"],
  ["שָׁלוֹם עולם", "שלום", "<mark>שָׁלוֹם</mark> עולם"],
  ["Well 🎉 done", "🎉", "Well <mark>🎉</mark> done"],
  ["Off to 🇩🇪!", "🇩🇪", "Off to <mark>🇩🇪</mark>!"],
  ["A 👩🏽‍🚀 flies", "👩🏽‍🚀", "A <mark>👩🏽‍🚀</mark> flies"],
  ["黒猫と犬", "黒猫 と犬", "<mark>黒猫と犬</mark>"],
  ["a b", "a b", "<mark>a</mark> <mark>b</mark>"],
  ["<b>bold</b> & 'it'", "bold", "&lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; &#39;it&#39;"],
  ["two\n\n lines", "lines", "two <mark>lines</mark>"],
  ["nothing of it", "zebra", "nothing of it"],
])("of %s, where %s is looked for, one sees %s", (text, query, snippet) => {
  expect(shown(text, query)).toBe(snippet);
});

test("a snippet shows where most of the query stands", () => {
  const far = "lorem ipsum dolor sit amet ".repeat(40);
  const text = `moon ${far} spring ${far} the moon in spring ${far}`;
  expect(shown(text, "spring moon")).toContain("the <mark>moon</mark> in <mark>spring</mark>");
  expect(textOf(shown(text, "spring moon"))).toMatch(/^….*…$/);
});

test("a snippet is short, safe and made of whole characters, whatever the text", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      ...Array.from("ab <>&\"'漢字がﾊﾞ🎉👩‍🚀é\u0301\n"),
      "moon",
      "黒猫",
      "<script>",
    ),
    minLength: 0,
    maxLength: 900,
  });
  const query = fc.constantFrom("moon", "黒猫", "🎉", "a", "b moon 字", "漢字漢字", "script");
  fc.assert(
    fc.property(text, query, (said, q) => {
      const html = shown(said, q);
      expect(html.isWellFormed()).toBe(true);
      expect(html.replaceAll(/<\/?mark>/g, "")).not.toMatch(/[<>"']/);
      expect(textOf(html).length).toBeLessThanOrEqual(200);
      expect(html.match(/<mark>/g)?.length).toBe(html.match(/<\/mark>/g)?.length);
    }),
    { numRuns: 1000 },
  );
});

test("a long text that is full of what is looked for is shown as soon as any", () => {
  expect(textOf(shown("あ".repeat(50_000), "あ ああ あああ")).length).toBeLessThanOrEqual(200);
  expect(textOf(shown("a ".repeat(25_000), "a b c")).length).toBeLessThanOrEqual(200);
});
