// What is remembered across conversations: whose it is, what of it is recalled, and how it is forgotten.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeFacts } from "../../src/account/facts.ts";
import { MOST_MEMORIES } from "../../src/account/memories.ts";
import { newId } from "../../src/ids.ts";
import { Client, newTag } from "./client.ts";
import { type Person, person } from "./people.ts";

const MEMORIES = "/api/v1/memories";
const DAY = 24 * 3600_000;

type View = {
  id: string;
  text: string;
  enabled: boolean;
  source: { conversation_id: string; message_id: string } | null;
  created_at: string;
  updated_at: string;
};
type Page = {
  memories: View[];
  enabled: boolean;
  pagination: { total: number; has_more: boolean };
};

const accountOf = (id: string) => env.ACCOUNTS.get(env.ACCOUNTS.idFromName(id));
const nobody = () => newId("user", Date.now());
const texts = (memories: { text: string }[]) => memories.map(({ text }) => text);

async function visitor(): Promise<{ client: Client; id: string }> {
  const client = new Client();
  await client.fetch(MEMORIES);
  return { client, id: String(client.token).slice("ewv_".length).split(".")[0] ?? "" };
}

async function remember(client: Client, text: string): Promise<View> {
  return client.json<View>(MEMORIES, { json: { text } });
}

async function listed(client: Client, query = ""): Promise<string[]> {
  return texts((await client.json<Page>(MEMORIES + query)).memories);
}

/** More than are recalled whole, about nothing that the tests ask for. */
async function crowd(id: string): Promise<void> {
  for (let n = 0; n < 12; n++) await accountOf(id).remember(id, `Filler number ${n} xyzzy`, null);
}

async function recalled(id: string, message: string, limit = 10): Promise<string[]> {
  return texts((await accountOf(id).recallMemories(id, message, limit)).memories);
}

test("somebody has something remembered, corrected, switched off and forgotten", async () => {
  const one = await person();
  const made = await one.fetch(MEMORIES, { json: { text: "  I am a vegetarian " } });
  expect(made.status).toBe(201);
  const memory = await made.json<View>();
  expect(memory).toEqual({
    id: expect.stringMatching(/^mem_[0-9a-z]{26}$/) as string,
    text: "I am a vegetarian",
    enabled: true,
    source: null,
    created_at: expect.stringMatching(/Z$/) as string,
    updated_at: memory.created_at,
  });
  await remember(one, "My dog is called Ada");
  const page = await one.json<Page>(`${MEMORIES}?limit=1`);
  expect(page).toMatchObject({
    memories: [{ text: "My dog is called Ada" }],
    enabled: true,
    pagination: { total: 2, limit: 1, offset: 0, has_more: true, next_cursor: null },
  });
  expect(await listed(one, "?limit=1&offset=1")).toEqual(["I am a vegetarian"]);

  const path = `${MEMORIES}/${memory.id}`;
  const changed = await one.json<View>(path, { method: "PATCH", json: { text: "I am a vegan" } });
  expect(changed).toMatchObject({ id: memory.id, text: "I am a vegan", enabled: true });
  expect(await one.json<View>(path, { method: "PATCH", json: { enabled: false } })).toMatchObject({
    text: "I am a vegan",
    enabled: false,
  });
  const nothing = await one.json<View>(path, { method: "PATCH", json: {} });
  expect(nothing).toMatchObject({ text: "I am a vegan", enabled: false });

  expect(await one.told(path, { method: "DELETE" })).toBe("204");
  expect(await one.told(path, { method: "DELETE" })).toBe("404 NOT_FOUND");
  expect(await one.told(path, { method: "PATCH", json: { text: "x" } })).toBe("404 NOT_FOUND");
  expect(await one.json(MEMORIES, { method: "DELETE" })).toEqual({ deleted: 1 });
  expect(await one.json(MEMORIES, { method: "DELETE" })).toEqual({ deleted: 0 });
  expect(await listed(one)).toEqual([]);
});

test("the same text in another spelling is the same memory", async () => {
  const one = await person();
  const { id } = await remember(one, "I like Straße ﬁve");
  for (const text of ["i  LIKE\n straße FIVE", "I like Straße five ", "I like Strasse ﬁve"]) {
    const again = await one.fetch(MEMORIES, { json: { text } });
    expect.soft([text, again.status, (await again.json<View>()).id]).toEqual([text, 200, id]);
  }
  expect(await listed(one)).toEqual(["I like Straße ﬁve"]);
  // What was switched off is asked for again.
  await one.json(`${MEMORIES}/${id}`, { method: "PATCH", json: { enabled: false } });
  expect(await remember(one, "I like Straße ﬁve")).toMatchObject({ id, enabled: true });
  // Nor does a correction make two of one.
  const other = await remember(one, "Something else");
  const same = await one.fetch(`${MEMORIES}/${other.id}`, {
    method: "PATCH",
    json: { text: "I like straße FIVE" },
  });
  expect([same.status, await same.json()]).toMatchObject([
    400,
    { error: { code: "VALIDATION_ERROR", details: { field: "text", memory_id: id } } },
  ]);
  const respelt = await one.json<View>(`${MEMORIES}/${id}`, {
    method: "PATCH",
    json: { text: "I LIKE Straße five" },
  });
  expect(respelt.text).toBe("I LIKE Straße five");
});

test("nobody else finds them: not another user, not one of the same organisation, not a visitor", async () => {
  const [ann, bob, admin] = [await person(), await person(), await person({ role: "admin" })];
  const { id: org } = await admin.json<{ id: string }>("/api/v1/admin/organisations", {
    json: { name: `Org ${newTag()}` },
  });
  for (const member of [ann, bob]) {
    await member.join(admin, org, "admin");
    await member.act(org);
  }
  await admin.act(org);
  const secret = await remember(ann, "The code of the safe is 1234");
  const others: Client[] = [bob, admin, (await visitor()).client];
  for (const other of others) {
    expect(await listed(other)).toEqual([]);
    expect(await listed(other, "?search=safe")).toEqual([]);
    const path = `${MEMORIES}/${secret.id}`;
    for (const init of [{ method: "PATCH", json: { text: "x" } }, { method: "DELETE" }])
      expect((await other.fetch(path, init)).status).toBe(404);
    expect(await other.json(MEMORIES, { method: "DELETE" })).toEqual({ deleted: 0 });
  }
  expect(await recalled(bob.id, "the code of the safe")).toEqual([]);
  const asBob = await accountOf(bob.id).recallMemories(org, "the code of the safe", 10);
  expect(asBob).toEqual({ memories: [], facts: "none" });
  expect(await listed(ann)).toEqual(["The code of the safe is 1234"]);
});

test("what somebody says in one organisation is not known in another, nor at home", async () => {
  const [ann, admin] = [await person(), await person({ role: "admin" })];
  const [first = "", second = ""] = await Promise.all(
    ["First", "Second"].map(async (name) => {
      const made = await admin.json<{ id: string }>("/api/v1/admin/organisations", {
        json: { name: `${name} ${newTag()}` },
      });
      return made.id;
    }),
  );
  const tenants = [null, first, second];
  for (const org of [first, second]) await ann.join(admin, org, "user");
  const ids: string[] = [];
  for (const [n, tenant] of tenants.entries()) {
    await ann.act(tenant);
    expect(await listed(ann)).toEqual([]);
    ids.push((await remember(ann, `Said in ${n}`)).id);
    ids.push((await remember(ann, "Said everywhere")).id);
  }
  expect(new Set(ids).size).toBe(6);
  for (const [n, tenant] of tenants.entries()) {
    await ann.act(tenant);
    expect(await listed(ann)).toEqual(["Said everywhere", `Said in ${n}`]);
    const { memories } = await accountOf(ann.id).recallMemories(tenant ?? ann.id, "said", 10);
    expect(texts(memories)).toEqual(["Said everywhere", `Said in ${n}`]);
    for (const foreign of ids.filter((_, at) => Math.floor(at / 2) !== n))
      expect(await ann.told(`${MEMORIES}/${foreign}`, { method: "DELETE" })).toBe("404 NOT_FOUND");
  }
  // Many memories elsewhere crowd nothing out, and are not found by words either.
  await ann.act(first);
  for (let n = 0; n < 20; n++) await accountOf(ann.id).remember(second, `Zebra ${n}`, null);
  for (let n = 0; n < 20; n++) await accountOf(ann.id).remember(first, `Horse ${n}`, null);
  const { memories } = await accountOf(ann.id).recallMemories(first, "zebra or horse?", 50);
  expect(memories).toHaveLength(20);
  expect(texts(memories).join()).not.toContain("Zebra");
  // Switched off here, it is not switched off there; all forgotten here is not forgotten there.
  await ann.json(`${MEMORIES}/settings`, { method: "PUT", json: { enabled: false } });
  expect((await ann.json<Page>(MEMORIES)).enabled).toBe(false);
  await ann.json(MEMORIES, { method: "DELETE" });
  await ann.act(null);
  expect(await ann.json<Page>(MEMORIES)).toMatchObject({
    enabled: true,
    pagination: { total: 2 },
  });
});

test("a visitor is remembered, too", async () => {
  const { client, id } = await visitor();
  await remember(client, "I am only passing through");
  expect(await listed(client)).toEqual(["I am only passing through"]);
  expect(await recalled(id, "Hello")).toEqual(["I am only passing through"]);
});

test("what cannot be remembered is refused by name, and nothing is kept", async () => {
  const { client } = await visitor();
  const longest = "ü".repeat(500);
  const path = `${MEMORIES}/${(await remember(client, longest)).id}`;
  const texts_ = ["", "   ", "x".repeat(501), "a\0b", "half \ud800", 7, null];
  for (const [query, json, method, field] of [
    ...texts_.map((text) => [MEMORIES, { text }, "POST", "text"] as const),
    ...texts_.map((text) => [path, { text }, "PATCH", "text"] as const),
    [MEMORIES, {}, "POST", "text"],
    [path, { enabled: "yes" }, "PATCH", "enabled"],
    [`${MEMORIES}/settings`, {}, "PUT", "enabled"],
    [`${MEMORIES}/settings`, { enabled: 1 }, "PUT", "enabled"],
    [`${MEMORIES}?limit=0`, undefined, "GET", "limit"],
    [`${MEMORIES}?limit=101`, undefined, "GET", "limit"],
    [`${MEMORIES}?offset=-1`, undefined, "GET", "offset"],
    [`${MEMORIES}?search=${"x".repeat(201)}`, undefined, "GET", "search"],
  ] as const) {
    const response = await client.fetch(query, json === undefined ? {} : { json, method });
    const { error } = await response.json<{ error: { message: string; details: object } }>();
    expect.soft([response.status, error.details]).toMatchObject([400, { field }]);
    expect.soft(error.message).toMatch(new RegExp(`^${field}: .+`));
  }
  expect(await listed(client)).toEqual([longest]);
});

test("a few are recalled whole, the newest first, whatever is asked", async () => {
  const id = nobody();
  const said = Array.from({ length: 10 }, (_, n) => `Fact ${n}`);
  for (const text of said) await accountOf(id).remember(id, text, null);
  for (const message of ["What do I like?", "", "🦄", "x".repeat(100_000)])
    expect(await recalled(id, message, 3)).toEqual(said.toReversed());
});

test("of many, those that bear on the message are recalled, the most relevant first", async () => {
  const id = nobody();
  const account = accountOf(id);
  await crowd(id);
  await account.remember(id, "My favourite café is in Zürich, on the lake", null);
  await account.remember(id, "I was running a marathon in Zürich", null);
  const dog = await account.remember(id, "My dog Ada is running away from cats", null);
  expect(await recalled(id, "Any CAFE you would recommend in zurich?")).toEqual([
    "My favourite café is in Zürich, on the lake",
    "I was running a marathon in Zürich",
  ]);
  expect(await recalled(id, "Who runs?")).toHaveLength(2);
  expect(await recalled(id, "zurich", 1)).toHaveLength(1);
  // Neither what everybody says, nor nothing, is about anything.
  for (const message of [
    "What is my own, and why?",
    "Hi",
    "",
    "?!",
    "🦄🦄",
    "Was ist das für ein?",
  ])
    expect.soft([message, await recalled(id, message)]).toEqual([message, []]);
  // A question behind a long text is found, as is one before it.
  const long = "lorem ipsum ".repeat(8000);
  expect(await recalled(id, `${long} what is my dog called?`)).toHaveLength(1);
  expect(await recalled(id, `What is my dog called? ${long}`)).toHaveLength(1);

  if (!dog.ok) throw new Error("not remembered");
  await account.editMemory(id, dog.value.id, { text: "My parrot is called Ada" });
  expect(await recalled(id, "dog")).toEqual([]);
  expect(await recalled(id, "parrots")).toEqual(["My parrot is called Ada"]);
  await account.editMemory(id, dog.value.id, { enabled: false });
  expect(await recalled(id, "parrots")).toEqual([]);
  await account.editMemory(id, dog.value.id, { enabled: true });
  await account.forget(id, dog.value.id);
  expect(await recalled(id, "parrots")).toEqual([]);
});

test("every script is kept as it was written, found by its words, and searched", async () => {
  const { client, id } = await visitor();
  await crowd(id);
  const said: [string, string, string][] = [
    ["我住在上海,最喜欢的水果是芒果", "我喜欢吃什么水果?", "水果"],
    ["黒猫を飼っている", "猫は?", "猫"],
    ["東京のカフェで働いています", "ｶﾌｪのおすすめ", "カフェ"],
    ["저는 서울에 살고 있습니다", "서울에 비가 와요?", "서울"],
    ["أنا أحب القهوة العربية كثيرا", "القهوة؟", "القهوة"],
    ["יש לי חתול בשם מיצי", "חתול", "חתול"],
    ["Я живу в Москве", "погода в москве", "МОСКВЕ"],
    ["मुझे हिन्दी संगीत पसंद है", "हिन्दी संगीत", "संगीत"],
    ["Je préfère l’été à la mer", "Quoi faire en ete?", "prefere"],
    ["My symbol is 🦄👩‍👩‍👧‍👦 of flags 🇨🇭", "symbol", "🇨🇭"],
    ["‮abc‬ is written backwards", "backwards", "ABC"],
    ["𞤀𞤣𞤤𞤢𞤥 𠮷野家", "𠮷野家", "𠮷"],
  ];
  for (const [text] of said) expect((await remember(client, text)).text).toBe(text);
  for (const [text, message, search] of said) {
    expect.soft(await recalled(id, message), message).toContain(text);
    expect
      .soft(await listed(client, `?search=${encodeURIComponent(search)}`), search)
      .toContain(text);
  }
  expect(await recalled(id, "芒果")).toEqual([said[0]?.[0]]);
  expect(await listed(client, `?search=${encodeURIComponent("芒果 上海")}`)).toHaveLength(1);
});

test("nothing that somebody writes is syntax: not of FTS5, not of SQL, not of LIKE", async () => {
  const { client, id } = await visitor();
  await crowd(id);
  await remember(client, "The owner has 100% of a NEAR miss");
  for (const message of [
    `" OR words:`,
    "*",
    "filler*",
    "NEAR(filler number, 2)",
    "NOT AND OR",
    "words : filler",
    "^filler",
    "{words} : (x",
    "a + b",
    "-filler",
    "' OR 1=1 --",
    "\\",
    `""""`,
    "'; DROP TABLE memories; --",
    "𞤀𞤣𞤤𞤢𞤥",
    "\u0301\u0301",
    "a".repeat(1000),
  ]) {
    expect.soft((await recalled(id, message, 50)).length, message).toBeLessThanOrEqual(13);
    const search = encodeURIComponent(message.slice(0, 200));
    expect.soft((await client.fetch(`${MEMORIES}?search=${search}`)).status, message).toBe(200);
  }
  expect(await recalled(id, "near")).toEqual(["The owner has 100% of a NEAR miss"]);
  expect(await listed(client, "?search=%25")).toEqual(["The owner has 100% of a NEAR miss"]);
  expect(await listed(client, "?search=_")).toEqual([]);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 80 }), async (message) => {
      await accountOf(id).recallMemories(id, message, 5);
    }),
    { numRuns: 100 },
  );
});

test("however memories come and go, the words of each are those of its text", async () => {
  const id = nobody();
  const words = fc.constantFrom("zebra", "café", "東京", "running", "🦄", "été", "猫", "x");
  const text = fc.array(words, { minLength: 1, maxLength: 6 }).map((all) => all.join(" "));
  const step = fc.record({
    do: fc.constantFrom("remember", "edit", "disable", "forget", "clear"),
    text,
    which: fc.nat(20),
  });
  await accountOf(id).remember(id, "Begun", null);
  await runInDurableObject(accountOf(id), async (account, state) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        for (const it of steps) {
          const { memories } = await account.memories(id, { limit: 100, offset: 0 });
          const one = memories[it.which % Math.max(1, memories.length)]?.id ?? "";
          if (it.do === "remember") await account.remember(id, it.text, null);
          if (it.do === "edit") await account.editMemory(id, one, { text: it.text });
          if (it.do === "disable") await account.editMemory(id, one, { enabled: false });
          if (it.do === "forget") await account.forget(id, one);
          if (it.do === "clear" && it.which === 0) await account.forgetAll(id);
        }
        state.storage.sql.exec(
          "INSERT INTO memory_words (memory_words) VALUES ('integrity-check')",
        );
        const rows = (query: string) => state.storage.sql.exec(query).toArray();
        expect(rows("SELECT rowid AS n FROM memory_words ORDER BY 1")).toEqual(
          rows("SELECT n FROM memories ORDER BY 1"),
        );
      }),
      { numRuns: 30 },
    );
  });
});

test("switched off, nothing is remembered and nothing recalled; what there is stays", async () => {
  const { client, id } = await visitor();
  const { id: memory } = await remember(client, "I like tea");
  const set = (enabled: boolean) =>
    client.json(`${MEMORIES}/settings`, { method: "PUT", json: { enabled } });
  expect(await set(false)).toEqual({ enabled: false });
  const refused = await client.fetch(MEMORIES, { json: { text: "I like coffee" } });
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { error: { code: "FORBIDDEN", message: expect.stringContaining("settings") as string } },
  ]);
  expect(await accountOf(id).recallMemories(id, "tea", 10)).toEqual({
    memories: [],
    facts: "none",
  });
  expect(await client.json<Page>(MEMORIES)).toMatchObject({
    enabled: false,
    memories: [{ id: memory, text: "I like tea", enabled: true }],
  });
  expect(await set(true)).toEqual({ enabled: true });
  expect(await recalled(id, "tea")).toEqual(["I like tea"]);
});

test("a deactivated account's memories are out of reach, and there when it is back", async () => {
  const [one, admin] = [await person(), await person({ role: "admin" })];
  await remember(one, "I like tea");
  const set = (is_active: boolean) =>
    admin.json(`/api/v1/admin/users/${one.id}`, { method: "PUT", json: { is_active } });
  await set(false);
  for (const method of ["GET", "DELETE"])
    expect(await one.told(MEMORIES, { method })).toBe("401 AUTHENTICATION_ERROR");
  expect(await one.told(MEMORIES, { json: { text: "x" } })).toBe("401 AUTHENTICATION_ERROR");
  await set(true);
  await one.signIn();
  expect(await listed(one)).toEqual(["I like tea"]);
});

test("an API key sees them where it may see conversations", async () => {
  const one = await person();
  const { id } = await remember(one, "I like tea");
  const [reading, chatting] = [await one.apiKey(["conversations"]), await one.apiKey(["chat"])];
  expect(await listed(reading)).toEqual(["I like tea"]);
  expect((await remember(reading, "I like coffee")).enabled).toBe(true);
  for (const [path, init] of [
    [MEMORIES, {}],
    [MEMORIES, { json: { text: "x" } }],
    [MEMORIES, { method: "DELETE" }],
    [`${MEMORIES}/${id}`, { method: "PATCH", json: { text: "x" } }],
    [`${MEMORIES}/${id}`, { method: "DELETE" }],
    [`${MEMORIES}/settings`, { method: "PUT", json: { enabled: false } }],
  ] as const)
    expect.soft(await chatting.told(path, init), path).toBe("403 FORBIDDEN");
  expect(await listed(one)).toEqual(["I like coffee", "I like tea"]);
});

async function statuses(clients: (n: number) => Promise<Response>, count: number) {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => clients(n)));
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

test("two hundred at once are limited like other requests, and none is half remembered", async () => {
  const one: Person = await person();
  const told = await statuses((n) => one.fetch(MEMORIES, { json: { text: `Fact ${n}` } }), 200);
  expect(told).toEqual({ 201: 100, 429: 100 });
  const { total } = await accountOf(one.id).memories(one.id, { limit: 1, offset: 0 });
  expect(total).toBe(100);
});

test("however many are said at once, there are no more than five hundred, and each once", async () => {
  const { client, id } = await visitor();
  const same = await statuses(() => client.fetch(MEMORIES, { json: { text: "Fact 0" } }), 20);
  expect(same).toEqual({ 200: 19, 201: 1 });
  const told = await statuses((n) => client.fetch(MEMORIES, { json: { text: `Fact ${n}` } }), 520);
  expect(told).toEqual({ 200: 1, 201: MOST_MEMORIES - 1, 400: 20 });
  const refused = await client.fetch(MEMORIES, { json: { text: "One more" } });
  expect(await refused.json()).toMatchObject({
    error: {
      code: "VALIDATION_ERROR",
      message: expect.stringContaining("Delete one first") as string,
      details: { limit: 500 },
    },
  });
  // What is there already is still known, and room can be made.
  expect((await client.fetch(MEMORIES, { json: { text: "Fact 0" } })).status).toBe(200);
  const { memories } = await client.json<Page>(`${MEMORIES}?limit=100&offset=490`);
  expect(memories).toHaveLength(10);
  await client.fetch(`${MEMORIES}/${memories[0]?.id}`, { method: "DELETE" });
  expect((await client.fetch(MEMORIES, { json: { text: "One more" } })).status).toBe(201);
  expect(await recalled(id, "fact", 10)).toHaveLength(10);
  expect(await client.json(MEMORIES, { method: "DELETE" })).toEqual({ deleted: 500 });
});

test("it is all there when the object wakes anew, and admitting says whether there is any", async () => {
  const one = await person();
  const account = accountOf(one.id);
  const other = await person();
  const { key } = await one.json<{ key: string }>("/api/v1/auth/api-keys", { json: {} });
  const { hashOf } = await import("../../src/auth/opaque.ts");
  const credential = { via: "api_key", user_id: one.id, hash: await hashOf(key) } as const;
  const facts = async () => {
    const admission = await account.admit(credential, { kind: "request" });
    return admission.ok ? admission.facts : null;
  };
  expect(await facts()).toBe("none");
  const source = { conversation_id: "conv_1", message_id: "msg_1" };
  const made = await account.remember(one.id, "I like tea", source);
  expect(made).toMatchObject({ ok: true, value: { made: true, source } });
  expect(await facts()).toBe("some");
  await account.setMemoryEnabled(other.id, false);
  await evictDurableObject(account);
  expect(await facts()).toBe("some");
  expect((await one.json<Page>(MEMORIES)).memories).toMatchObject([{ text: "I like tea", source }]);
  expect(await account.remember(one.id, "i like TEA", null)).toMatchObject({
    value: { made: false, source },
  });
  const id = made.ok ? made.value.id : "";
  await account.editMemory(one.id, id, { enabled: false });
  expect(await facts()).toBe("none");
  await account.editMemory(one.id, id, { enabled: true });
  await account.setMemoryEnabled(one.id, false);
  expect(await facts()).toBe("none");
  await evictDurableObject(account);
  expect(await facts()).toBe("none");
  expect((await one.json<Page>(MEMORIES)).enabled).toBe(false);
  await account.setMemoryEnabled(one.id, true);
  expect(await facts()).toBe("some");
  await account.forgetAll(one.id);
  expect(await facts()).toBe("none");
});

test("asking for the memories of somebody who never was leaves nothing behind", async () => {
  const id = nobody();
  const account = accountOf(id);
  expect(await account.memories(id, { limit: 20, offset: 0 })).toEqual({
    memories: [],
    total: 0,
    enabled: true,
  });
  expect(await recalled(id, "anything")).toEqual([]);
  expect(await account.forget(id, "mem_1")).toBe(false);
  expect(await account.editMemory(id, "mem_1", { enabled: true })).toMatchObject({ ok: false });
  expect(await account.forgetAll(id)).toBe(0);
  expect(await tablesOf(id)).toBe(0);
});

async function tablesOf(id: string): Promise<number> {
  return runInDurableObject(
    accountOf(id),
    (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'account'").toArray()
        .length,
  );
}

/** A week's alarm, after they have been away for so long and used nothing else. */
async function sweptAfter(id: string, days: number): Promise<void> {
  await runInDurableObject(accountOf(id), (_, { storage }) => {
    storage.sql.exec("DELETE FROM reservations");
    storage.sql.exec("DELETE FROM totals");
    storage.sql.exec("UPDATE account SET memories_used_at = ?", Date.now() - days * DAY);
  });
  await evictDurableObject(accountOf(id));
  await runDurableObjectAlarm(accountOf(id));
}

test("a visitor who stays away for ninety days is forgotten; one who comes back is not", async () => {
  const { client, id } = await visitor();
  await remember(client, "I am only passing through");
  await sweptAfter(id, 89);
  await evictDurableObject(accountOf(id));
  expect(await recalled(id, "Hello")).toHaveLength(1); // which is a use
  await runDurableObjectAlarm(accountOf(id));
  expect(await tablesOf(id)).toBe(1);
  await sweptAfter(id, 90);
  expect(await tablesOf(id)).toBe(0);
  // The object goes on as if they had never been.
  expect(await listed(client)).toEqual([]);
  await remember(client, "Back again");
  expect(await recalled(id, "Hello")).toEqual(["Back again"]);
});

test("somebody who has signed in is not forgotten, be it here or at an outside issuer", async () => {
  const one = await person();
  await remember(one, "I am here to stay");
  await one.fetch("/api/v1/auth/logout", { json: { all: true } });
  await sweptAfter(one.id, 1000);
  expect(await recalled(one.id, "Hello")).toEqual(["I am here to stay"]);

  const outsider = nobody();
  const now = Date.now();
  const admitted = await accountOf(outsider).admit(
    {
      via: "issuer",
      user_id: outsider,
      tenant_id: outsider,
      issued_at: now,
      expires_at: now + 3600_000,
      email: null,
      roles: ["user"],
      tier: null,
      token_budget: null,
    },
    { kind: "request" },
  );
  expect(admitted).toMatchObject({ ok: true, facts: "none" });
  await evictDurableObject(accountOf(outsider));
  await accountOf(outsider).remember(outsider, "So am I", null);
  await sweptAfter(outsider, 1000);
  expect(await recalled(outsider, "Hello")).toEqual(["So am I"]);
});

const OWNER = { tenant_id: "org_1", user_id: "user_1" };

/** The real recall, with a clock that the test moves, and an account that the test stands in front of. */
function recallingOf(id: string) {
  const owner = { tenant_id: id, user_id: id };
  let at = 0;
  let asked = 0;
  const warnings: string[] = [];
  const facts = makeFacts(
    (user_id) => ({
      recallMemories: async (...asking) => {
        asked++;
        return accountOf(user_id).recallMemories(...asking);
      },
    }),
    { warning: (event) => void warnings.push(event) },
    () => at,
  );
  return {
    owner,
    facts,
    warnings,
    asked: () => asked,
    pass: (milliseconds: number) => {
      at += milliseconds;
    },
  };
}

test("an account that said there is nothing to recall is not asked; an unknown one once a minute", async () => {
  const id = nobody();
  const { owner, facts, warnings, asked, pass } = recallingOf(id);
  expect(await facts.recall(owner, "none", "Hi")).toEqual([]);
  expect(asked()).toBe(0);
  for (let n = 0; n < 3; n++) expect(await facts.recall(owner, "unknown", "Hi")).toEqual([]);
  expect(asked()).toBe(1);
  pass(60_000);
  await facts.recall(owner, "unknown", "Hi");
  expect(asked()).toBe(2);
  await accountOf(id).remember(id, "I like tea", null);
  expect(await facts.recall(owner, "unknown", "Hi")).toEqual([]); // for up to a minute
  facts.changed(owner);
  expect(texts(await facts.recall(owner, "unknown", "Hi"))).toEqual(["I like tea"]);
  expect(texts(await facts.recall(owner, "unknown", "Hi"))).toEqual(["I like tea"]);
  // That nothing bears on one message does not mean that there is nothing.
  await crowd(id);
  expect(await facts.recall(owner, "unknown", "Nonsense")).toEqual([]);
  expect(texts(await facts.recall(owner, "unknown", "tea"))).toEqual(["I like tea"]);
  expect(texts(await facts.recall(owner, "some", "tea"))).toEqual(["I like tea"]);
  const elsewhere = { tenant_id: "org_1", user_id: id };
  expect(await facts.recall(elsewhere, "unknown", "tea")).toEqual([]);
  expect(texts(await facts.recall(owner, "unknown", "tea"))).toEqual(["I like tea"]);
  expect(warnings).toEqual([]);
});

test("what is remembered while an account is asked is not taken for nothing afterwards", async () => {
  let asked = 0;
  const facts = makeFacts(
    () => ({
      recallMemories: async () => {
        asked++;
        facts.changed(OWNER); // remembered behind the answer that is on its way
        return { memories: [], facts: "none" };
      },
    }),
    { warning: () => undefined },
    () => 0,
  );
  await facts.recall(OWNER, "unknown", "Hi");
  await facts.recall(OWNER, "unknown", "Hi");
  expect(asked).toBe(2);
});

test("an account that fails, or does not answer in time, holds nothing up and fails nothing", async () => {
  const late: (() => void)[] = [];
  const answers = [
    () => Promise.reject(new Error("away")),
    () => new Promise<never>(() => undefined),
    () => new Promise<never>((_, reject) => late.push(() => reject(new Error("too late")))),
    () => {
      throw new Error("at once");
    },
  ];
  const warnings: [string, object][] = [];
  const facts = makeFacts(
    () => ({ recallMemories: () => (answers.shift() ?? (() => Promise.reject(new Error())))() }),
    { warning: (event, fields) => void warnings.push([event, fields ?? {}]) },
    () => 0,
  );
  for (let n = 0; n < 4; n++) expect(await facts.recall(OWNER, "some", "A secret")).toEqual([]);
  for (const reject of late) reject();
  expect(warnings).toMatchObject([
    ["memories.unavailable", { user_id: "user_1", message: "away" }],
    ["memories.unavailable", { message: "no answer in time" }],
    ["memories.unavailable", { message: "no answer in time" }],
    ["memories.unavailable", { message: "at once" }],
  ]);
  expect(JSON.stringify(warnings)).not.toContain("A secret");
});
