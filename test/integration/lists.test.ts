// Lists of conversations: what is asked of them, in which order they come, and what they cost to read.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Conversation } from "../../src/protocol/conversation.ts";
import {
  type ConversationFilters,
  listConversations,
  type ListQuery,
  listTags,
  pageOfConversations,
} from "../../src/store/conversation-lists.ts";
import type { ConversationProjection } from "../../src/store/conversations.ts";
import { matchQuery } from "../../src/store/words.ts";
import {
  conversation,
  db,
  message,
  metered,
  numberOf,
  type Owner,
  planOf,
  told,
  visitor,
} from "./rows.ts";

type List = {
  conversations: Conversation[];
  pagination: { total: number; has_more: boolean; next_cursor: string | null };
};
type Asked = Omit<Partial<ListQuery>, "filters"> & { filters?: ConversationFilters };

const asked = (query: Asked = {}): ListQuery => ({
  limit: 20,
  offset: 0,
  sort: "updated",
  order: "desc",
  filters: {},
  ...query,
});
const titles = (rows: { title: string | null }[]) => rows.map(({ title }) => title).join(" ");

async function have(owner: Owner, facts: Partial<ConversationProjection>[]) {
  const all = facts.map((fact) => conversation(owner, fact));
  for (const one of all) await told({ conversation: one });
  return all;
}

/** What is kept beside what one would count. */
async function books(owner: Owner) {
  const { results: kept } = await env.DB.prepare(
    "SELECT status AS name, n, pinned FROM conversation_counts WHERE tenant_id = ?1 AND (n <> 0 OR pinned <> 0) UNION ALL SELECT 'tag ' || tag, n, 0 FROM conversation_tag_counts WHERE tenant_id = ?1 ORDER BY 1",
  )
    .bind(owner.tenant_id)
    .all();
  const { results: counted } = await env.DB.prepare(
    `SELECT status AS name, count(*) AS n, sum(pinned) AS pinned FROM conversations WHERE tenant_id = ?1 AND deleted_at IS NULL GROUP BY 1
     UNION ALL SELECT 'tag ' || value, count(DISTINCT conversations.id), 0 FROM conversations, json_each(tags) WHERE tenant_id = ?1 AND deleted_at IS NULL GROUP BY 1 ORDER BY 1`,
  )
    .bind(owner.tenant_id)
    .all();
  return { kept, counted };
}

test("a list has all there is to show, over HTTP", async () => {
  const { client, owner } = await visitor();
  const [one] = await have(owner, [
    {
      title: "Tides",
      status: "paused",
      pinned: true,
      tags: ["sea", "moon"],
      topics: ["oceans"],
      total_input_tokens: 12,
      total_output_tokens: 34,
      message_count: 2,
      preview: "How …",
      created_at: 1000,
      updated_at: 3000,
      last_message_at: 2000,
    },
  ]);
  const { conversations, pagination } = await client.json<List>("/api/v1/conversations");
  expect(conversations).toEqual([
    {
      id: one?.id,
      title: "Tides",
      status: "paused",
      provider: "stub",
      model: "stub-1",
      message_count: 2,
      preview: "How …",
      pinned: true,
      tags: ["sea", "moon"],
      topics: ["oceans"],
      total_input_tokens: 12,
      total_output_tokens: 34,
      created_at: "1970-01-01T00:00:01.000Z",
      updated_at: "1970-01-01T00:00:03.000Z",
      last_message_at: "1970-01-01T00:00:02.000Z",
    },
  ]);
  expect(pagination).toEqual({
    total: 1,
    limit: 20,
    offset: 0,
    has_more: false,
    next_cursor: null,
  });
});

test("each filter finds its own, alone and together; the total agrees", async () => {
  const { client, owner } = await visitor();
  await have(owner, [
    { title: "a", created_at: 1000, updated_at: 9000, tags: ["x", "y"], pinned: true },
    { title: "b", created_at: 2000, updated_at: 8000, status: "paused", tags: ["x"] },
    { title: "c", created_at: 3000, updated_at: 7000, model: "other", provider: "else" },
    {
      title: "d",
      created_at: 4000,
      updated_at: 6000,
      status: "archived",
      tags: ["y"],
      pinned: true,
    },
    { title: "e", created_at: 5000, updated_at: 5000, deleted_at: 5000, tags: ["x"] },
  ]);
  const found = async (query: string) => {
    const { conversations, pagination } = await client.json<List>(`/api/v1/conversations?${query}`);
    expect.soft(pagination.total, query).toBe(conversations.length);
    return titles(conversations);
  };
  expect.soft(await found("")).toBe("a b c d");
  expect.soft(await found("order=asc")).toBe("d c b a");
  expect.soft(await found("sort=created")).toBe("d c b a");
  expect.soft(await found("sort=title")).toBe("d c b a");
  expect.soft(await found("sort=title&order=asc")).toBe("a b c d");
  expect.soft(await found("status=active")).toBe("a c");
  expect.soft(await found("status=paused&sort=created")).toBe("b");
  expect.soft(await found("status=completed")).toBe("");
  expect.soft(await found("tag=x")).toBe("a b");
  expect.soft(await found("tag=y&order=asc")).toBe("d a");
  expect.soft(await found("tag=y&sort=created")).toBe("d a");
  expect.soft(await found("tag=y&sort=title")).toBe("d a");
  expect.soft(await found("tag=y&status=archived")).toBe("d");
  expect.soft(await found("tag=none")).toBe("");
  expect.soft(await found("model=other")).toBe("c");
  expect.soft(await found("provider=stub")).toBe("a b d");
  expect.soft(await found("pinned=true")).toBe("a d");
  expect.soft(await found("pinned=false")).toBe("b c");
  expect.soft(await found("pinned=false&status=paused")).toBe("b");
  expect.soft(await found("pinned=true&tag=x")).toBe("a");
  expect.soft(await found("created_after=1970-01-01T00:00:03Z")).toBe("c d");
  expect.soft(await found("created_before=1970-01-01T00:00:03Z")).toBe("a b");
  expect
    .soft(await found("updated_after=1970-01-01T00:00:07Z&updated_before=1970-01-01T00:00:09Z"))
    .toBe("b c");
  expect.soft(await found("created_after=1970-01-02")).toBe("");
  expect(await client.json("/api/v1/tags")).toEqual({
    tags: [
      { tag: "x", conversations: 2 },
      { tag: "y", conversations: 2 },
    ],
  });
});

test.each([
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["offset=-1", "offset"],
  ["page=0", "page"],
  ["sort=size", "sort"],
  ["order=up", "order"],
  ["status=open", "status"],
  ["pinned=yes", "pinned"],
  ["tag=", "tag"],
  ["created_after=yesterday", "created_after"],
  ["updated_before=1", "updated_before"],
  ["cursor=x", "cursor"],
  ["cursor=now~conv_1", "cursor"],
  ["sort=title&cursor=%25E0~conv_1", "cursor"],
  ["search=%20", "search"],
  [`search=${"x".repeat(501)}`, "search"],
])("?%s is refused, and told why", async (query, field) => {
  const { client } = await visitor();
  const response = await client.fetch(`/api/v1/conversations?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field } },
  });
});

test("pages by cursor hold every row once, in every order, while rows move", async () => {
  const { client, owner } = await visitor();
  const rows = await have(
    owner,
    Array.from({ length: 11 }, (_, n) => ({
      title: ["Zebra ~ 1", "apple", null, "Äpfel%", "apple"][n % 5] ?? null,
      tags: ["all"],
      created_at: 1000 + (n % 3),
      updated_at: 5000 - (n % 4),
    })),
  );
  for (const sort of ["created", "updated", "title"])
    for (const order of ["asc", "desc"])
      for (const tag of ["", "&tag=all"]) {
        const seen: Conversation[] = [];
        let cursor = "";
        for (;;) {
          const query = `limit=3&sort=${sort}&order=${order}${tag}${cursor}`;
          const page = await client.json<List>(`/api/v1/conversations?${query}`);
          seen.push(...page.conversations);
          expect(page.pagination.total).toBe(rows.length);
          if (page.pagination.next_cursor === null) break;
          cursor = `&cursor=${encodeURIComponent(page.pagination.next_cursor)}`;
        }
        const all = await client.json<List>(
          `/api/v1/conversations?sort=${sort}&order=${order}${tag}`,
        );
        expect(
          seen.map(({ id }) => id),
          `${sort} ${order}${tag}`,
        ).toEqual(all.conversations.map(({ id }) => id));
        expect(new Set(seen.map(({ id }) => id)).size).toBe(rows.length);
      }
  // By number of page, as seed 001 asks.
  const second = await client.json<List>("/api/v1/conversations?page=2&size=6");
  expect(second.conversations).toHaveLength(5);
  expect(second.pagination.has_more).toBe(false);
});

test("pages by cursor go on before 1970", async () => {
  const { client, owner } = await visitor();
  await have(owner, [
    { title: "a", updated_at: -1000 },
    { title: "b", updated_at: -2000 },
  ]);
  const first = await client.json<List>("/api/v1/conversations?limit=1");
  const cursor = encodeURIComponent(first.pagination.next_cursor ?? "");
  const second = await client.json<List>(`/api/v1/conversations?limit=1&cursor=${cursor}`);
  expect([titles(first.conversations), titles(second.conversations)]).toEqual(["a", "b"]);
});

test("nobody sees another's: not another tenant, not another user of the same organisation", async () => {
  const { owner } = await visitor();
  const colleague = { tenant_id: owner.tenant_id, user_id: "user_colleague" };
  const elsewhere = { tenant_id: "org_elsewhere", user_id: owner.user_id };
  await have(owner, [{ title: "mine", tags: ["secret"], pinned: true }]);
  for (const other of [colleague, elsewhere]) {
    const every: ConversationFilters[] = [
      {},
      { tag: "secret" },
      { status: "active" },
      { model: "stub-1" },
      { pinned: true },
      { match: matchQuery(other, "mine") ?? "" },
      { match: matchQuery(owner, "mine") ?? "" }, // a match that is not theirs
    ];
    for (const filters of every)
      expect(await listConversations(db, other, asked({ filters }))).toEqual({
        rows: [],
        total: 0,
        next: null,
      });
    expect(await listTags(db, other)).toEqual([]);
  }
});

test("what was said is found by the list, and so are titles", async () => {
  const { client, owner } = await visitor();
  const [tides, stars] = await have(owner, [
    { title: "Spring tides", updated_at: 2000 },
    { title: "Stars", updated_at: 3000, pinned: true },
  ]);
  if (tides === undefined || stars === undefined) throw new Error("not made");
  await told({
    messages: [message(stars, 1, "Do stars make tides?"), message(stars, 2, "No tide.")],
  });
  const found = async (query: string) =>
    titles((await client.json<List>(`/api/v1/conversations?search=${query}`)).conversations);
  expect(await found("tide")).toBe("Stars Spring tides");
  expect(await found("tide&order=asc")).toBe("Spring tides Stars");
  expect(await found("tide&pinned=true")).toBe("Stars");
  expect(await found("spring")).toBe("Spring tides");
  expect(await found("comet")).toBe("");
});

test("a conversation that says a word a thousand times hides no other that has it", async () => {
  const { owner } = await visitor();
  const [talkative, titled, quiet] = await have(owner, [
    { title: "Talk", updated_at: 3000 },
    { title: "Old tides", updated_at: 2000 },
    { title: "Quiet", updated_at: 1000 },
  ]);
  if (talkative === undefined || titled === undefined || quiet === undefined)
    throw new Error("not made");
  await told({ messages: [message(quiet, 1, "A tide.")] });
  for (let first = 1; first <= 1200; first += 300)
    await told({
      messages: Array.from({ length: 300 }, (_, n) => message(talkative, first + n, "tide")),
    });
  const filters = { match: matchQuery(owner, "tide") ?? "" };
  const { rows, total } = await listConversations(db, owner, asked({ filters }));
  expect([titles(rows), total]).toEqual(["Talk Old tides Quiet", 3]);
});

test("counts and tags are kept, whatever is told, in whatever order and however often", async () => {
  const { owner } = await visitor();
  const one = conversation(owner, { tags: ["a", "b"] });
  const versions: Partial<ConversationProjection>[] = [
    {},
    { version: 2, updated_at: 2, pinned: true },
    { version: 3, updated_at: 3, tags: ["b", "c", "b"] },
    { version: 4, status: "paused", tags: ["c"] },
    { version: 5, status: "completed", tags: [], pinned: true, model: null, title: "T" },
    {
      version: 6,
      status: "active",
      pinned: false,
      tags: ["a", "a'); DROP TABLE conversations; --", "漢字"],
    },
  ];
  const other = conversation(owner, { tags: ["a"] });
  await told({ conversation: other });
  for (const at of [0, 0, 1, 2, 0, 3, 2, 4, 5, 5, 1, 3]) {
    await told({ conversation: { ...one, ...versions[at] } });
    const { kept, counted } = await books(owner);
    expect(kept).toEqual(counted);
  }
  const row = await env.DB.prepare(
    "SELECT version, status, tags, title FROM conversations WHERE id = ?",
  )
    .bind(one.id)
    .first();
  expect(row).toMatchObject({ version: 6, status: "active" });
  expect(await listTags(db, owner)).toEqual([
    { tag: "a", conversations: 2 },
    { tag: "a'); DROP TABLE conversations; --", conversations: 1 },
    { tag: "漢字", conversations: 1 },
  ]);
  const moved = await numberOf(
    "SELECT count(*) FROM conversation_tags AS t JOIN conversations AS c ON c.id = t.conversation_id WHERE c.tenant_id = ? AND t.updated_at = c.updated_at",
    owner.tenant_id,
  );
  expect(moved).toBe(4);
  const tombstone = { ...one, version: 7, deleted_at: 7, tags: [], title: null };
  for (const late of [tombstone, { ...one, version: 8, tags: ["late"] }, tombstone]) {
    await told({ conversation: late });
    const { kept, counted } = await books(owner);
    expect(kept).toEqual(counted);
  }
  expect(await listTags(db, owner)).toEqual([{ tag: "a", conversations: 1 }]);
  await env.DB.prepare("DELETE FROM conversations WHERE tenant_id = ?").bind(owner.tenant_id).run();
  expect(await books(owner)).toEqual({ kept: [], counted: [] });
});

test("a row of an outbox that was written before a field was has its default", async () => {
  const { owner } = await visitor();
  const {
    pinned: _p,
    tags: _t,
    topics: _o,
    total_input_tokens: _i,
    total_output_tokens: _u,
    last_message_at: _l,
    ...old
  } = conversation(owner);
  expect(conversation(owner, { ...old })).toMatchObject({
    pinned: false,
    tags: [],
    topics: [],
    last_message_at: null,
  });
});

test("a page of every list comes from an index, in order", async () => {
  const owner = { tenant_id: "t", user_id: "u" };
  const short: ConversationFilters[] = [
    {},
    { status: "active" },
    { tag: "x" },
    { tag: "x", status: "active" },
    { model: "m" },
    { pinned: true },
    { pinned: false },
    { provider: "p" },
    { status: "active", model: "m", pinned: true },
  ];
  const cursor = { at: 5, id: "conv_x" };
  for (const sort of ["updated", "created"] as const)
    for (const order of ["asc", "desc"] as const)
      for (const filters of short)
        for (const more of [{}, { cursor }]) {
          const plan = await planOf(
            pageOfConversations(db, owner, asked({ filters, sort, order, ...more })),
          );
          const about = `${sort} ${order} ${JSON.stringify(filters)} ${JSON.stringify(more)}\n${plan}`;
          expect.soft(plan, about).not.toMatch(/SCAN conversation/);
          expect.soft(plan, about).not.toContain("TEMP B-TREE");
          expect.soft(plan, about).toMatch(/USING (COVERING )?INDEX conversation(s|_tags)_/);
        }
  const plan = (filters: ConversationFilters, rest: Asked = {}) =>
    planOf(pageOfConversations(db, owner, asked({ filters, ...rest })));
  expect(await plan({}, { sort: "title" })).toMatch(
    /^SEARCH conversations USING INDEX conversations_title \(tenant_id=\? AND user_id=\?\)$/,
  );
  expect(await plan({}, { cursor })).toMatch(
    /INDEX conversations_updated \(tenant_id=\? AND user_id=\? AND \(updated_at,id\)<\(\?,\?\)\)/,
  );
  expect(await plan({ pinned: true })).toContain("conversations_pinned_updated");
  expect(await plan({ status: "paused" })).toContain("conversations_status_updated");
  expect(await plan({ model: "m" }, { sort: "created" })).toContain("conversations_model_created");
  // The rest may sort what it found, and never walks the table.
  const times = { created_after: 1, updated_before: 9, match: 'owner : "x"' };
  expect(await plan(times)).not.toMatch(/SCAN conversations/);
});

test("a page of 50,000 conversations reads its rows and few more", async () => {
  // Ten owners' rows lie between each other.
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
     INSERT INTO conversations (id, tenant_id, user_id, title, status, provider, model, message_count, preview, created_at,
       updated_at, version, pinned, tags)
     SELECT 'conv_' || i, 'big', 'u' || (i % 10), 'Title ' || i,
       iif(i % 500 < 10, 'completed', 'paused'), 'p', iif(i % 1000 < 10, 'rare', 'common'), 2, '', i, 100000 - i, 1, i % 700 < 10,
       iif(i % 400 < 10, '["rare"]', '[]') FROM n`,
  ).run();
  const owner = { tenant_id: "big", user_id: "u3" };
  const every: ConversationFilters[] = [
    {},
    { status: "completed" },
    { status: "paused" },
    { tag: "rare" },
    { model: "rare" },
    { pinned: true },
  ];
  for (const filters of every)
    for (const sort of ["updated", "created"] as const)
      for (const cursor of [
        undefined,
        { at: sort === "created" ? 25_000 : 75_000, id: "conv_0" },
      ]) {
        const { results, meta } = await metered(
          pageOfConversations(db, owner, asked({ filters, sort, cursor })),
        );
        expect.soft(results.length, JSON.stringify(filters)).toBe(21);
        expect.soft(meta.rows_read, `${sort} ${JSON.stringify(filters)}`).toBeLessThanOrEqual(64);
      }
  expect((await listConversations(db, owner, asked())).total).toBe(5000);
  expect(
    (await listConversations(db, owner, asked({ filters: { status: "completed" } }))).total,
  ).toBe(100);
  expect((await listConversations(db, owner, asked({ filters: { tag: "rare" } }))).total).toBe(125);
  expect((await listConversations(db, owner, asked({ filters: { model: "rare" } }))).total).toBe(
    50,
  );
  const totals =
    "SELECT sum(n) FROM conversation_counts WHERE tenant_id = 'big' AND user_id = 'u3'";
  expect((await env.DB.prepare(totals).all()).meta.rows_read).toBeLessThanOrEqual(4);
}, 60_000);
