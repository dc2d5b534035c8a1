// Search: what is found and by whom, what becomes of it when it is told twice, late, or deleted, and what it costs.
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConversationProjection } from "../../src/store/conversations.ts";
import type { FeedbackRow } from "../../src/store/feedback.ts";
import { projectChanges } from "../../src/store/projection.ts";
import { searchStatement, searchTexts } from "../../src/store/search.ts";
import { indexWords, matchQuery, ownerTerm, phrasesOf } from "../../src/store/words.ts";
import type { Client } from "./client.ts";
import { person } from "./people.ts";
import {
  conversation,
  db,
  message,
  metered,
  numberOf,
  type Owner,
  told,
  visitor,
  watched,
} from "./rows.ts";

type Result = {
  kind: string;
  conversation_id: string;
  conversation_title: string | null;
  message_id: string | null;
  role: string;
  snippet: string;
  score: number;
  created_at: string;
};
type Answer = {
  results: Result[];
  pagination: { total: number; has_more: boolean; next_cursor: null };
};

const search = (client: Client, q: string, rest = "") =>
  client.json<Answer>(`/api/v1/search?q=${encodeURIComponent(q)}${rest}`);
const snippets = async (client: Client, q: string, rest = "") =>
  (await search(client, q, rest)).results.map(({ snippet }) => snippet);
const plain = (html: string) => html.replaceAll(/<\/?mark>/g, "");

/** A conversation in which these were said, in turn by user and assistant. */
async function said(owner: Owner, texts: string[], facts: Partial<ConversationProjection> = {}) {
  const one = conversation(owner, facts);
  await told({ conversation: one, messages: texts.map((text, at) => message(one, at + 1, text)) });
  return one;
}

/** Everything D1 holds of a conversation beside its own row. */
async function left(id: string) {
  const texts = await numberOf("SELECT count(*) FROM message_texts WHERE conversation_id = ?", id);
  const ratings = await numberOf("SELECT count(*) FROM feedback WHERE conversation_id = ?", id);
  const tags = await numberOf(
    "SELECT count(*) FROM conversation_tags WHERE conversation_id = ?",
    id,
  );
  return { texts, ratings, tags };
}

/** Rows of the index without a text, or texts without their row of the index. */
const adrift = () =>
  numberOf(`SELECT (SELECT count(*) FROM message_texts AS t WHERE (t.text IS NULL) = (t.rowid IN (SELECT rowid FROM message_search)))
    + (SELECT count(*) FROM message_search WHERE rowid NOT IN (SELECT rowid FROM message_texts))`);

test("messages and titles are found, with what a page needs to show them", async () => {
  const { client, owner } = await visitor();
  const one = await said(
    owner,
    ["How do tides <work>?", "The moon pulls the sea; a tide follows."],
    {
      title: "Tides & moons",
      created_at: Date.parse("2026-03-01T12:00:00Z"),
    },
  );
  const { results, pagination } = await search(client, "tide");
  expect(pagination).toEqual({
    total: 3,
    limit: 20,
    offset: 0,
    has_more: false,
    next_cursor: null,
  });
  expect(results.toSorted((a, b) => a.role.localeCompare(b.role))).toEqual([
    {
      kind: "message",
      conversation_id: one.id,
      conversation_title: "Tides & moons",
      message_id: message(one, 2, "").id,
      role: "assistant",
      snippet: "The moon pulls the sea; a <mark>tide</mark> follows.",
      score: expect.any(Number) as number,
      created_at: "2026-03-01T12:00:00.002Z",
    },
    {
      kind: "title",
      conversation_id: one.id,
      conversation_title: "Tides & moons",
      message_id: null,
      role: "title",
      snippet: "<mark>Tides</mark> &amp; moons",
      score: expect.any(Number) as number,
      created_at: "2026-03-01T12:00:00.000Z",
    },
    {
      kind: "message",
      conversation_id: one.id,
      conversation_title: "Tides & moons",
      message_id: message(one, 1, "").id,
      role: "user",
      snippet: "How do <mark>tides</mark> &lt;work&gt;?",
      score: expect.any(Number) as number,
      created_at: "2026-03-01T12:00:00.001Z",
    },
  ]);
  const scores = results.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(scores[0]).toBe(1);
});

test("the filters, the order and the pages are what was asked for", async () => {
  const { client, owner } = await visitor();
  const at = (day: number) => ({ created_at: Date.parse(`2026-03-0${day}T00:00:00Z`) });
  const first = await said(owner, ["comet", "comet comet comet"], { title: "Comet", ...at(1) });
  const second = await said(owner, ["a comet among many other words that say nothing"], at(2));
  const total = async (rest: string) => (await search(client, "comet", rest)).pagination.total;
  expect(await total("")).toBe(4);
  expect(await total("&role=user")).toBe(2);
  expect(await total("&role=assistant")).toBe(1);
  expect(await total("&role=title")).toBe(1);
  expect(await total(`&conversation_id=${second.id}`)).toBe(1);
  expect(await total("&after=2026-03-02")).toBe(1);
  expect(await total("&before=2026-03-02")).toBe(3);
  expect(await total("&after=2026-03-01T00:00:00.002Z&before=2026-03-02T00:00:00.001Z")).toBe(1);
  const best = await search(client, "comet");
  expect(best.results.at(-1)?.conversation_id).toBe(second.id);
  const recent = await search(client, "comet", "&sort=recent&limit=1");
  expect(recent.results.map(({ conversation_id }) => conversation_id)).toEqual([second.id]);
  expect(recent.pagination).toMatchObject({ total: 4, has_more: true });
  const oldest = await search(client, "comet", "&sort=recent&limit=1&offset=3");
  expect(oldest.results.map(({ kind, conversation_id }) => [kind, conversation_id])).toEqual([
    ["title", first.id],
  ]);
  const beyond = await search(client, "comet", "&offset=50");
  expect(beyond).toMatchObject({ results: [], pagination: { total: 4, has_more: false } });
});

test("English is found by its stems, and the last word by its beginning", async () => {
  const { client, owner } = await visitor();
  await said(owner, [
    "The runners were running",
    "An electromagnetic wave",
    "Crème brûlée, naïvely",
  ]);
  expect(await snippets(client, "run")).toEqual([
    "The <mark>runners</mark> were <mark>running</mark>",
  ]);
  expect(await snippets(client, "electrom")).toEqual(["An <mark>electromagnetic</mark> wave"]);
  expect(await snippets(client, "electrom wave")).toEqual([]); // only the last goes on
  expect(await snippets(client, "CREME brulee")).toEqual([
    "<mark>Crème</mark> <mark>brûlée</mark>, naïvely",
  ]);
  expect(await snippets(client, '"wave electromagnetic"')).toEqual([]);
  expect(await snippets(client, '"electromagnetic wave"')).toHaveLength(1);
});

test.each([
  ["Chinese", "我想了解潮汐是怎么形成的", "潮汐", "我想了解<mark>潮汐</mark>是怎么形成的"],
  ["one character", "我有一只猫", "猫", "我有一只<mark>猫</mark>"],
  ["Japanese", "黒猫のタンゴを聴く", "タンゴ", "黒猫の<mark>タンゴ</mark>を聴く"],
  ["narrow kana", "古いﾊﾞｽに乗る", "バスに", "古い<mark>ﾊﾞｽに</mark>乗る"],
  ["Korean", "한국어를 공부하고 있어요", "공부", "한국어를 <mark>공부</mark>하고 있어요"],
  ["Thai", "ฉันชอบกินข้าวผัด", "ข้าวผัด", "ฉันชอบกิน<mark>ข้าวผัด</mark>"],
  ["Hindi", "नमस्ते दुनिया", "दुनिया", "नमस्ते <mark>दुनिया</mark>"],
  ["Arabic", "قرأت كِتابًا جميلًا", "كتابا", "قرأت <mark>كِتابًا</mark> جميلًا"],
  ["Hebrew", "שָׁלוֹם עוֹלָם", "שלום", "<mark>שָׁלוֹם</mark> עוֹלָם"],
  ["Russian", "Ёжик в тумане", "ежик", "<mark>Ёжик</mark> в тумане"],
  ["an emoji", "Well done 🎉!", "🎉", "Well done <mark>🎉</mark>!"],
  ["letters SQLite does not know", "ꟻ 𞤀𞤁𞤂 𬺰𬺱𬺲", "𞤀𞤁𞤂", "ꟻ <mark>𞤀𞤁𞤂</mark> 𬺰𬺱𬺲"],
  ["both at once", "私はiPhone15を買った", "iPhone15", "私は<mark>iPhone15</mark>を買った"],
])("%s is found", async (_, text, q, snippet) => {
  const { client, owner } = await visitor();
  await said(owner, [text, "Something else: 別の話, 다른 말, อื่น, 🙂"]);
  expect(await snippets(client, q)).toEqual([snippet]);
});

test("any word of any text finds it", async () => {
  const { owner } = await visitor();
  const one = await said(owner, []);
  const text = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 6,
  });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const whole = parts.join(" ");
      const its = message(one, ++n, whole);
      await told({ messages: [its] });
      for (const part of parts.filter((each) => phrasesOf(each).length > 0)) {
        const match = matchQuery(owner, part) ?? "";
        const { found } = await searchTexts(db, owner, {
          match,
          sort: "recent",
          limit: 500,
          offset: 0,
        });
        expect(
          found.map(({ id }) => id),
          `${JSON.stringify(part)} in ${JSON.stringify(whole)}`,
        ).toContain(its.id);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

test.each(["", " ", "!?", '""', "*", '" " *', "…—", "()"])(
  "q=%j is refused, and told why",
  async (q) => {
    const { client } = await visitor();
    const response = await client.fetch(`/api/v1/search?q=${encodeURIComponent(q)}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "VALIDATION_ERROR", details: { field: "q" } },
    });
  },
);

test.each([
  ["", "q"],
  ["q=a&limit=0", "limit"],
  ["q=a&offset=x", "offset"],
  ["q=a&sort=best", "sort"],
  ["q=a&role=system", "role"],
  ["q=a&conversation_id=conv_1", "conversation_id"],
  ["q=a&after=soon", "after"],
  [`q=${"a".repeat(501)}`, "q"],
])("?%s is refused by name", async (query, field) => {
  const { client } = await visitor();
  const response = await client.fetch(`/api/v1/search?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field } },
  });
});

test("nobody finds another's, whatever they type", async () => {
  const alice = await person({ role: "admin" });
  const bob = await person();
  const { id: org } = await alice.json<{ id: string }>("/api/v1/admin/organisations", {
    json: { name: "Both" },
  });
  await bob.join(alice, org, "admin");
  const mine = { tenant_id: alice.id, user_id: alice.id };
  const ours = { tenant_id: org, user_id: alice.id };
  const theirs = { tenant_id: org, user_id: bob.id };
  await said(mine, ["xylophone of my own"], { title: "xylophone" });
  await said(ours, ["xylophone at work"]);
  await said(theirs, ["xylophone of a colleague"]);
  const texts = async (who: Client, q: string) => (await snippets(who, q)).map(plain).sort();
  expect(await texts(alice, "xylophone")).toEqual(["xylophone", "xylophone of my own"]);
  expect(await texts(bob, "xylophone")).toEqual([]);
  await alice.act(org);
  await bob.act(org); // as its administrator
  expect(await texts(alice, "xylophone")).toEqual(["xylophone at work"]);
  expect(await texts(bob, "xylophone")).toEqual(["xylophone of a colleague"]);
  const attempts = [
    '" OR owner:',
    `xylophone" OR owner : "${ownerTerm(mine)}`,
    `owner:${ownerTerm(mine)}`,
    `${ownerTerm(mine)} xylophone`,
    "xylophone*",
    "*",
    "NEAR(xylophone of, 5)",
    "NOT nothing",
    "xylophone NOT owner",
    "xylophone) OR (xylophone",
    "{owner words} : xylophone",
    "-owner : xylophone",
    "^xylophone",
    "xylophone' OR '1'='1",
    "xylophone%' --",
  ];
  for (const q of attempts) {
    const response = await bob.fetch(`/api/v1/search?q=${encodeURIComponent(q)}`);
    const { results = [] } = await response.json<Partial<Answer>>();
    for (const { snippet } of results)
      expect.soft(plain(snippet), q).toBe("xylophone of a colleague");
    expect.soft(response.status, q).toBe(matchQuery(theirs, q) === null ? 400 : 200);
  }
  // A match that was made for somebody else finds nothing either: the rows are asked for their owner, too.
  const foreign = {
    match: matchQuery(mine, "xylophone") ?? "",
    sort: "relevance",
    limit: 5,
    offset: 0,
  } as const;
  expect(await searchTexts(db, theirs, foreign)).toEqual({ found: [], total: 0 });
});

test("whatever is typed, D1 has an answer", async () => {
  const { owner } = await visitor();
  await said(owner, ["some words to be found"]);
  const typed = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc
      .array(
        fc.constantFrom(
          '"',
          "*",
          "^",
          ":",
          "(",
          ")",
          "{",
          "}",
          "+",
          "-",
          " ",
          "OR",
          "NOT",
          "AND",
          "NEAR(",
          "owner",
          "words",
          "猫",
          "🎉",
          "\0",
          "'",
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(typed, async (q) => {
      const match = matchQuery(owner, q);
      if (match === null) return;
      const { total } = await searchTexts(db, owner, {
        match,
        sort: "relevance",
        limit: 5,
        offset: 0,
      });
      expect(total).toBeLessThanOrEqual(1);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("what is told twice or late changes nothing", async () => {
  const { client, owner } = await visitor();
  const one = conversation(owner, { title: "Old harbour" });
  const messages = [message(one, 1, "A lighthouse?"), message(one, 2, "A lighthouse.")];
  const first = { conversation: one, messages };
  const renamed = { conversation: { ...one, version: 2, title: "New harbour" } };
  const untitled = { conversation: { ...one, version: 3, title: null } };
  for (const changes of [first, first, renamed, first, renamed]) await told(changes);
  expect((await search(client, "lighthouse")).pagination.total).toBe(2);
  expect(await snippets(client, "harbour")).toEqual(["New <mark>harbour</mark>"]);
  expect(await snippets(client, "old")).toEqual([]);
  for (const changes of [untitled, renamed, first]) await told(changes);
  expect(await snippets(client, "harbour")).toEqual([]);
  // What is gone stays gone, even where it is heard of before the message.
  const [question, answer] = messages;
  await told({ messages: [], gone: [question?.id ?? "", message(one, 3, "").id, "msg_of_nobody"] });
  await told({ messages: [...messages, message(one, 3, "A third lighthouse")] });
  await told({ gone: [question?.id ?? ""] });
  const { results } = await search(client, "lighthouse");
  expect(results.map(({ message_id }) => message_id)).toEqual([answer?.id]);
  expect(await adrift()).toBe(0);
});

test("a rating is the newest that was told, or none", async () => {
  const { owner } = await visitor();
  const one = await said(owner, ["Question", "Answer"]);
  const rating = (value: "up" | "down" | null, at: number): FeedbackRow => ({
    message_id: message(one, 2, "").id,
    conversation_id: one.id,
    ...owner,
    rating: value,
    comment: `said at ${at}`,
    at,
  });
  const now = () =>
    env.DB.prepare("SELECT rating, comment FROM feedback WHERE conversation_id = ?")
      .bind(one.id)
      .first();
  await told({ feedback: [rating("up", 1), rating("down", 2)] });
  expect(await now()).toEqual({ rating: "down", comment: "said at 2" });
  await told({ feedback: [rating("up", 1)] });
  expect(await now()).toEqual({ rating: "down", comment: "said at 2" });
  await told({ feedback: [rating(null, 3)] });
  expect(await now()).toEqual({ rating: null, comment: null });
  await told({ feedback: [rating("down", 2)] });
  expect(await now()).toEqual({ rating: null, comment: null });
  const { results } = await env.DB.prepare(
    "EXPLAIN QUERY PLAN SELECT * FROM feedback WHERE tenant_id = ? AND at > ? AND rating IS NOT NULL ORDER BY at DESC",
  )
    .bind("t", 1)
    .all<{ detail: string }>();
  expect(results.map(({ detail }) => detail)).toEqual([
    "SEARCH feedback USING INDEX feedback_tenant (tenant_id=? AND at>?)",
  ]);
});

test("a deleted conversation takes what was said with it, and nothing late comes back", async () => {
  const { client, owner } = await visitor();
  const kept = await said(owner, ["volcano, kept"]);
  const one = conversation(owner, { title: "Volcano", tags: ["hot"] });
  const everything = {
    conversation: one,
    messages: [message(one, 1, "volcano?"), message(one, 2, "volcano!")],
    feedback: [
      {
        message_id: message(one, 2, "").id,
        conversation_id: one.id,
        ...owner,
        rating: "up" as const,
        comment: null,
        at: 1,
      },
    ],
  };
  await told(everything);
  expect(await left(one.id)).toEqual({ texts: 3, ratings: 1, tags: 1 });
  const tombstone = {
    ...one,
    version: 9,
    title: null,
    preview: "",
    tags: [],
    deleted_at: Date.now(),
  };
  await told({ conversation: tombstone });
  expect(await left(one.id)).toEqual({ texts: 0, ratings: 0, tags: 0 });
  await told(everything);
  await told({ ...everything, conversation: { ...one, version: 10 } });
  await told({ gone: [message(one, 1, "").id] });
  await told({
    conversation: tombstone,
    messages: everything.messages,
    feedback: everything.feedback,
  });
  expect(await left(one.id)).toEqual({ texts: 0, ratings: 0, tags: 0 });
  const { results } = await search(client, "volcano");
  expect(results.map(({ conversation_id }) => conversation_id)).toEqual([kept.id]);
  expect(await adrift()).toBe(0);
});

test("very long messages, and a great many at once, are taken", async () => {
  const { client, owner } = await visitor();
  const widest = [
    "漢".repeat(120_000),
    "\uFDFA".repeat(120_000),
    "\u0001".repeat(100_000),
    "🎉".repeat(50_000),
  ];
  const one = await said(owner, [
    ...widest,
    `${"lorem ".repeat(8_000)}needle`,
    `${"lorem ".repeat(9_000)}needle`,
  ]);
  expect(await left(one.id)).toMatchObject({ texts: 6 });
  const { results } = await search(client, "needle");
  expect(results).toHaveLength(1); // the other is past the 50,000 characters that count
  expect(plain(results[0]?.snippet ?? "")).toMatch(/^…(lorem )+needle$/);
  const many = Array.from({ length: 300 }, (_, at) => message(one, at + 10, `crowd ${at}`));
  await told({ messages: many });
  expect((await search(client, "crowd")).pagination.total).toBe(300);
  expect(await adrift()).toBe(0);
}, 60_000);

/** A tenant's messages as SQL alone makes them: `words` has to be the index of `text`. */
async function fill(
  owner: Owner,
  conversation_id: string,
  rows: number,
  prefix: string,
  text: string,
) {
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO message_texts (id, conversation_id, tenant_id, user_id, role, created_at, text)
     SELECT ?2 || i, ?3, ?4, ?5, 'user', i, ?6 || i FROM n`,
  )
    .bind(rows, prefix, conversation_id, owner.tenant_id, owner.user_id, text)
    .run();
  await env.DB.prepare(
    "INSERT INTO message_search (rowid, owner, words) SELECT rowid, ?1, ?2 || id FROM message_texts WHERE conversation_id = ?3 AND role = 'user'",
  )
    .bind(ownerTerm(owner), `${indexWords(text)} `, conversation_id)
    .run();
}

test("among 40,000 rows a search reads those it finds", async () => {
  const one = await visitor();
  const crowd = { tenant_id: "org_crowd", user_id: "u" };
  const theirs = await said(crowd, []);
  await fill(crowd, theirs.id, 40_000, "crowd", "common words");
  await said(one.owner, ["common words of one", "and something else"]);
  expect(await numberOf("SELECT count(*) FROM message_texts")).toBeGreaterThan(40_000);
  const run = async (owner: Owner, q: string) => {
    const match = matchQuery(owner, q) ?? "";
    const query = { match, sort: "relevance", limit: 20, offset: 0 } as const;
    const { results, meta } = await metered({
      toSQL: () => db.all(searchStatement(owner, query)).getQuery(),
    });
    return { total: results[0]?.["total"], read: meta.rows_read };
  };
  const mine = await run(one.owner, "common words");
  expect(mine.total).toBe(1);
  expect(mine.read).toBeLessThanOrEqual(20);
  const rare = await run(crowd, "crowd39999");
  expect(rare.total).toBe(1);
  expect(rare.read).toBeLessThanOrEqual(20);
  // What a great many have is weighed among the newest thousand.
  const common = await run(crowd, "common");
  expect(common.total).toBe(1000);
  expect(common.read).toBeLessThanOrEqual(8000);
}, 120_000);

test("a conversation of 12,000 messages is deleted in bounded calls", async () => {
  const { owner } = await visitor();
  const one = await said(owner, ["first"]);
  await fill(owner, one.id, 12_000, `${one.id}_`, "many");
  const tombstone = { ...one, version: 9, deleted_at: Date.now() };
  await told({ conversation: tombstone });
  expect(await left(one.id)).toEqual({ texts: 0, ratings: 0, tags: 0 });
  expect(await adrift()).toBe(0);
}, 60_000);

test("telling of a turn costs the same however much was said before", async () => {
  const { owner } = await visitor();
  const one = await said(owner, ["first"], { title: "Title" });
  const cost = async (n: number) => {
    const { database, meters } = watched();
    await projectChanges(
      database,
      {
        conversation: { ...one, version: n, updated_at: one.updated_at + n, message_count: n },
        messages: [message(one, n, "What of the tides?"), message(one, n + 1, "They come and go.")],
        gone: [],
        feedback: [],
        requests: [],
        events: [],
        unsaid: [],
      },
      Date.now(),
    );
    return {
      statements: meters.length,
      read: meters.reduce((sum, { rows_read }) => sum + rows_read, 0),
      written: meters.reduce((sum, { rows_written }) => sum + rows_written, 0),
    };
  };
  const young = await cost(2);
  await fill(owner, one.id, 20_000, `${one.id}_`, "many");
  const old = await cost(30_000);
  expect(old).toEqual(young);
  expect(young.statements).toBe(5);
  expect(young.read).toBeLessThanOrEqual(30);
  expect(young.written).toBeLessThanOrEqual(20);
}, 60_000);
