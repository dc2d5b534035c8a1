import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ftsQuery,
  ftsText,
  queryTermsOf,
  Sought,
  termsOf,
  TOKENIZER,
} from "../../../src/rag/words/terms.ts";
import { indexWords } from "../../../src/store/words.ts";
import { stemOf } from "../../../src/rag/words/porter.ts";

function inSql<T>(name: string, work: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(env.KNOWLEDGE.getByName(name), (_, { storage }) => work(storage.sql));
}

type Found = (query: string) => number[];

/** Texts in an FTS5 table as the index has one, and what questions find there, best first. */
function withIndex<T>(texts: readonly string[], work: (find: Found) => T): Promise<T> {
  return inSql(crypto.randomUUID(), (sql) => {
    sql.exec(
      `CREATE VIRTUAL TABLE found USING fts5 (body, content = '', contentless_delete = 1, tokenize = '${TOKENIZER}')`,
    );
    for (const [at, text] of texts.entries())
      sql.exec("INSERT INTO found (rowid, body) VALUES (?, ?)", at, ftsText(text));
    return work((query) => {
      const match = ftsQuery(queryTermsOf(query));
      if (match === null) return [];
      return sql
        .exec<{ rowid: number }>(
          "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rank, rowid",
          match,
        )
        .toArray()
        .map(({ rowid }) => rowid);
    });
  });
}

const finds = (texts: readonly string[], query: string) => withIndex(texts, (find) => find(query));

const SUFFIXES =
  "ational tional enci anci izer logi bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti ical ness icate iciti ful ative alize al ance ence er ic able ible ant ement ment ent ion sion tion ou ism ate iti ous ive ize ed eed ing s es ies sses y e ll";
const BEGINNINGS =
  "a y tr ya str op gener hop hopp fil fall controll snow bow toy syzyg größ créat ok";

function manyWords(): string[] {
  const suffixes = ["", ...SUFFIXES.split(" ")];
  return BEGINNINGS.split(" ").flatMap((beginning) =>
    suffixes.flatMap((one) => suffixes.map((other) => beginning + one + other)),
  );
}

test("a word whose stem is sought could be it, and most others could not", () => {
  const words = manyWords().filter((word) => /^[a-z]+$/.test(word));
  expect(words.filter((word) => !new Sought([stemOf(word)]).couldBe(word))).toEqual([]);
  const sought = new Sought(["relat", "vector"]);
  expect(words.filter((word) => sought.couldBe(word))).toEqual([]);
});

test("stems are those of FTS5's porter tokenizer", async () => {
  const words = manyWords();
  words.push(`${"b".repeat(61)}ing`, `${"b".repeat(62)}ing`, "наблюдениеing");
  const stems = await inSql("porter", (sql) => {
    sql.exec(
      "CREATE VIRTUAL TABLE stemmed USING fts5 (word, tokenize = 'porter unicode61 remove_diacritics 0')",
    );
    sql.exec("CREATE VIRTUAL TABLE stems USING fts5vocab (stemmed, 'instance')");
    for (let from = 0; from < words.length; from += 5_000)
      sql.exec(
        `INSERT INTO stemmed (rowid, word) SELECT key + ${from}, value FROM json_each(?)`,
        JSON.stringify(words.slice(from, from + 5_000)),
      );
    return new Map(
      sql
        .exec<{ doc: number; term: string }>("SELECT doc, term FROM stems")
        .toArray()
        .map(({ doc, term }) => [doc, term]),
    );
  });
  const wrong = words.filter((word, at) => stemOf(word) !== stems.get(at));
  expect(wrong).toEqual([]);
});

test.each([
  ["Running dogs' generalisations", "run dog generalis"],
  ["Crème Brûlée, naïve", "creme brule naiv"],
  ["ＦＵＬＬ width ﬁnes", "full width fine"],
  ["私はiPhoneを買う", "私は は iphon を買 買う う"],
  ["user@example.com 3.14", "user exampl com 3 14"],
  ["größere Häuser", "großer hauser"],
  ["", ""],
  ["… — !?", ""],
])("%s has the terms %s", (text, terms) => {
  expect(ftsText(text)).toBe(terms);
});

test("terms are the stems of the words that are indexed elsewhere, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
      const words = indexWords(text);
      expect(termsOf(text)).toEqual(words === "" ? [] : words.split(" ").map(stemOf));
    }),
  );
});

test("a question has each term once, and stop words only where there is nothing else", () => {
  expect(queryTermsOf("What is the flow of a flow over the flows?")).toEqual(["flow"]);
  expect(queryTermsOf("the who")).toEqual(["the", "who"]);
  expect(queryTermsOf("?!")).toEqual([]);
  expect(ftsQuery(queryTermsOf("?!"))).toBeNull();
});

test("a question of one stop word finds what has it", async () => {
  expect(await finds(["to be or not to be", "something else"], "not")).toEqual([0]);
});

test("any of the terms finds a text, and whoever has the rarer ones comes first", async () => {
  const texts = ["a wing", "a wing in a slipstream", "wings of birds", "a wing", "nothing of it"];
  expect(await finds(texts, "wings in slipstreams")).toEqual([1, 0, 3, 2]);
});

test("Chinese, Japanese and Korean are found by what stands in the middle of a run", async () => {
  const texts = ["東京都庁の展望室", "大阪城公園", "한국어 공부", "猫"];
  await withIndex(texts, (find) => {
    expect(find("京都庁")).toEqual([0]);
    expect(find("公園")).toEqual([1]);
    expect(find("城")).toEqual([1]);
    expect(find("猫")).toEqual([3]);
    expect(find("국어")).toEqual([2]);
  });
});

test.each([
  `"dog`,
  `dog" OR "cat`,
  "NEAR(dog cat, 2)",
  "dog AND NOT cat",
  "body : dog",
  "dog*",
  "^dog + cat",
  "-dog",
  "(dog",
  "{body} : dog",
  "dog\0cat",
  "'; DROP TABLE found; --dog",
])("what is typed is words, never syntax: %s", async (query) => {
  expect(await finds(["the dog", "bird"], query)).toEqual([0]);
});

test("no question whatever is refused by FTS5", async () => {
  await withIndex(["text"], (find) =>
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (query) => {
        expect(find(query)).toBeInstanceOf(Array);
      }),
    ),
  );
  expect(ftsQuery(['a"b', "c"])).toBe('"a""b" OR "c"');
});
