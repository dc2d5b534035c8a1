// The tree of messages, against a model of it: whatever is said, said otherwise, answered again,
// chosen, erased and rewritten, what is shown is one path, and a model is told of that alone.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { expect, test } from "vitest";
import { visitorPrincipal } from "../../src/auth/principal.ts";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { unwrap } from "../../src/errors.ts";
import { Client, eventually, journal, newTag, stubOf } from "./client.ts";

type Node = {
  id: string;
  parent: Node | null;
  role: "user" | "assistant";
  /** "" once it is erased. */
  text: string;
  children: Node[];
  /** Counted up whenever an end comes to be shown: the greatest was shown last. */
  shown: number;
};

const KINDS = [
  "send",
  "after",
  "begin",
  "again",
  "edit",
  "rewrite",
  "activate",
  "erase",
  "restart",
] as const;
type Act = { kind: (typeof KINDS)[number]; pick: number };

/** Most acts grow the tree or walk about in it; a few take away. */
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant("send" as const) },
      { weight: 4, arbitrary: fc.constant("activate" as const) },
      { weight: 6, arbitrary: fc.constantFrom(...KINDS) },
    ),
    pick: fc.nat(999),
  }),
  { minLength: 4, maxLength: 16 },
);

/** A conversation, and beside it what it should be. */
class Twin {
  readonly client: Client;
  readonly id: string;
  readonly path: string;
  readonly tag = newTag();
  readonly roots: Node[] = [];
  readonly nodes: Node[] = [];
  leaf: Node | null = null;
  #said = 0;
  #shown = 0;

  constructor(client: Client, id: string) {
    this.client = client;
    this.id = id;
    this.path = `/api/v1/conversations/${id}`;
  }

  pathTo(leaf: Node | null): Node[] {
    const way: Node[] = [];
    for (let node = leaf; node !== null; node = node.parent) way.unshift(node);
    return way;
  }

  show(leaf: Node): void {
    this.leaf = leaf;
    leaf.shown = ++this.#shown;
  }

  grow(parent: Node | null, id: string, role: Node["role"], text: string): Node {
    const node: Node = { id, parent, role, text, children: [], shown: 0 };
    (parent?.children ?? this.roots).push(node);
    this.nodes.push(node);
    return node;
  }

  word(): string {
    this.#said += 1;
    return `w${this.#said}`;
  }

  /** Does it, if there is something to do it to. */
  async act({ kind, pick }: Act): Promise<void> {
    const any = (among: Node[]) => among[pick % Math.max(1, among.length)];
    const answers = this.nodes.filter(({ role }) => role === "assistant");
    const questions = this.nodes.filter(({ role }) => role === "user");
    switch (kind) {
      case "send":
        return this.say(`${this.path}/messages`, {}, this.leaf);
      case "begin":
        return this.say(`${this.path}/messages`, { parent_id: null }, null);
      case "after": {
        const parent = any(answers);
        if (parent === undefined) return;
        return this.say(`${this.path}/messages`, { parent_id: parent.id }, parent);
      }
      case "edit": {
        const named = any(questions);
        if (named === undefined) return;
        return this.say(`${this.path}/messages/${named.id}/edit`, {}, named.parent);
      }
      case "again": {
        const named = any(this.nodes);
        const question = named?.role === "assistant" ? named.parent : named;
        if (named === undefined || !question) return;
        return this.answerAgain(named, question);
      }
      case "rewrite":
        return this.rewrite(any(answers));
      case "activate":
        return this.activate(any(this.nodes));
      case "erase":
        return this.erase(any(this.nodes));
      case "restart":
        await evictDurableObject(stubOf(this.id));
    }
  }

  async say(path: string, where: object, parent: Node | null): Promise<void> {
    const [asked, told] = [this.word(), this.word()];
    const answer = await this.client.json<Message>(path, {
      json: { message: asked, model: `stub:say=${told},tag=${this.tag}`, ...where },
    });
    const question = this.grow(parent, String(answer.parent_id), "user", asked);
    this.show(this.grow(question, answer.id, "assistant", told));
    await this.told(question);
  }

  async answerAgain(named: Node, question: Node): Promise<void> {
    const told = this.word();
    const response = await this.client.fetch(`${this.path}/messages/${named.id}/regenerate`, {
      json: { model: `stub:say=${told},tag=${this.tag}` },
    });
    expect(response.status).toBe(question.text === "" ? 400 : 200);
    if (!response.ok) return;
    this.show(this.grow(question, (await response.json<Message>()).id, "assistant", told));
    await this.told(question);
  }

  async rewrite(named: Node | undefined): Promise<void> {
    if (named === undefined) return;
    const text = this.word();
    const response = await this.client.fetch(`${this.path}/messages/${named.id}/edit`, {
      json: { message: text },
    });
    expect(response.status).toBe(named.text === "" ? 404 : 200);
    if (!response.ok) return;
    this.show(this.grow(named.parent, (await response.json<Message>()).id, "assistant", text));
  }

  async activate(named: Node | undefined): Promise<void> {
    if (named === undefined) return;
    const { leaf_id } = await this.client.json<ConversationDetail>(
      `${this.path}/messages/${named.id}/activate`,
      { method: "POST" },
    );
    // What is shown already stays; else it is the way through it that was shown last.
    const shown = this.pathTo(this.leaf).includes(named) ? this.leaf : lastShown(named);
    expect(leaf_id).toBe(shown?.id);
    if (shown !== null) this.show(shown);
  }

  async erase(named: Node | undefined): Promise<void> {
    if (named === undefined) return;
    const response = await this.client.fetch(`${this.path}/messages/${named.id}`, {
      method: "DELETE",
    });
    expect(response.status).toBe(named.text === "" ? 404 : 204);
    named.text = "";
  }

  /** A model was asked with the way to `question`, and with nothing else. */
  async told(question: Node): Promise<void> {
    const { last } = await journal(this.tag);
    const words = JSON.stringify(last).match(/(?<=[\\n" ])w\d+(?=[\\n" ])/g);
    const said = this.pathTo(question).filter(({ text }) => text !== "");
    // An answer whose question is gone does not open what a model is told.
    const first = said.findIndex(({ role }) => role === "user");
    expect(words).toEqual(said.slice(first).map(({ text }) => text));
  }

  /** @param every whether pages of every size are read, from every place on */
  async check(every: boolean): Promise<void> {
    const way = this.pathTo(this.leaf);
    const detail = await this.client.json<ConversationDetail>(this.path);
    expect(detail.leaf_id).toBe(this.leaf?.id ?? null);
    expect(detail.message_count).toBe(this.nodes.filter(({ text }) => text !== "").length);
    const pages = await this.pages(every ? sizesUpTo(way.length + 1) : [way.length + 1]);
    for (const { limit, offset, page } of pages) {
      expect(page.total).toBe(way.length);
      expect(page.messages.map(seen)).toEqual(way.slice(offset, offset + limit).map(this.wanted));
      expect(page.next).toBe(offset + limit < way.length ? offset + limit : null);
    }
  }

  wanted = (node: Node) => {
    const siblings = node.parent?.children ?? this.roots;
    return {
      id: node.id,
      parent_id: node.parent?.id ?? null,
      role: node.role,
      content: node.text,
      status: node.text === "" ? "deleted" : "completed",
      sibling_ids: siblings.length > 1 ? siblings.map(({ id }) => id) : [],
    };
  };

  pages(sizes: number[]) {
    return runInDurableObject(stubOf(this.id), async (object, state) => {
      const owner = state.storage.sql
        .exec<{ user_id: string }>("SELECT user_id FROM conversation")
        .one().user_id;
      const principal = visitorPrincipal(owner);
      const pages = sizes.flatMap((limit) =>
        sizes.map((from) => ({ limit, offset: sizes.length === 1 ? 0 : from - 1 })),
      );
      return Promise.all(
        pages.map(async (place) => ({
          limit: place.limit,
          offset: place.offset,
          page: unwrap(await object.messages(principal, this.id, place)),
        })),
      );
    });
  }
}

/** Of the ends that one may come to through `node`, the one that was shown last. */
function lastShown(node: Node): Node {
  const [first, ...others] = node.children.map(lastShown);
  if (first === undefined) return node;
  return others.reduce((last, end) => (end.shown > last.shown ? end : last), first);
}

const sizesUpTo = (most: number) => Array.from({ length: most }, (_, i) => i + 1);

const seen = ({ id, parent_id, role, content, status, sibling_ids }: Message) => ({
  id,
  parent_id,
  role,
  content,
  status,
  sibling_ids,
});

async function twin(client = new Client()): Promise<Twin> {
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { memory: { strategy: "buffer" } },
  });
  return new Twin(client, id);
}

test("whatever is done to the tree, one path of it is shown, page by page, and a model hears that alone", async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (all) => {
      const it = await twin();
      for (const act of all) {
        await it.act(act);
        await it.check(false);
      }
      await it.check(true);
      await evictDurableObject(stubOf(it.id));
      await it.check(false);
    }),
    { numRuns: 20 },
  );
}, 120_000);

test("switching away and back leads to what was shown last, however often one switched between", async () => {
  const it = await twin();
  for (const _ of [1, 2, 3]) await it.say(`${it.path}/messages`, {}, it.leaf);
  const [first, , second, , third] = it.nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error("gone");
  const edit = (node: Node) => it.say(`${it.path}/messages/${node.id}/edit`, {}, node.parent);
  await edit(third);
  const { leaf } = it;
  await edit(second);
  await edit(first);
  await it.activate(first);
  await it.activate(second);
  expect(it.leaf).toBe(leaf);
  await it.check(true);
});

/** A question whose answer is being written, with `waiting` behind it; then they are let end. */
async function writing(it: Twin, waiting: string[]) {
  const slow = { model: "stub:tokens=40,delay=25", on_busy: "queue" };
  const turns = ["First", ...waiting].map((message) =>
    it.client.json<Message>(`${it.path}/messages`, { json: { message, ...slow } }),
  );
  const shown = await eventually(async () => {
    const messages = await it.client.messages(it.id);
    const said = new Set(messages.map(({ content }) => content));
    return ["First", ...waiting].every((text) => said.has(text)) && messages;
  });
  const ask = (path: string) =>
    it.client.fetch(`${it.path}/messages/${path}`, { json: { message: "Other", ...slow } });
  return { shown, turns, ask };
}

test("a waiting question is not edited before what it follows is there: it would begin anew", async () => {
  const it = await twin();
  await it.say(`${it.path}/messages`, {}, null);
  const { shown, turns, ask } = await writing(it, ["Second"]);
  const second = shown.find(({ content }) => content === "Second");
  const refused = await ask(`${second?.id}/edit`);
  expect(refused.status).toBe(409);
  await Promise.all(turns);
  const edited = await (await ask(`${second?.id}/edit`)).json<Message>();
  const messages = await it.client.messages(it.id);
  expect(messages.map(({ content }) => content).includes("Second")).toBe(false);
  expect(messages.at(-1)?.id).toBe(edited.id);
  expect(messages[4]?.parent_id).toBe(shown[3]?.id);
});

test("an answer that is being written is shown wherever its branch is part of what is shown", async () => {
  const it = await twin();
  const { shown, turns, ask } = await writing(it, ["Second"]);
  const second = shown.find(({ content }) => content === "Second");
  const again = ask(`${second?.id}/regenerate`); // another branch, below the answer that is running
  const messages = await eventually(async () => {
    const now = await it.client.messages(it.id);
    return now.at(-1)?.role === "user" && now.some(({ status }) => status === "running") && now;
  });
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  await Promise.all([again, ...turns]);
});

test("one may look at an older answer and come back to the one that is being written", async () => {
  const it = await twin();
  await it.say(`${it.path}/messages`, {}, null);
  const [question, old] = it.nodes;
  const again = it.client.json<Message>(`${it.path}/messages/${old?.id}/regenerate`, {
    json: { model: "stub:tokens=40,delay=25" },
  });
  const running = await eventually(async () =>
    (await it.client.messages(it.id)).find(({ status }) => status === "running"),
  );
  const activate = (id: string | undefined) =>
    it.client.json<ConversationDetail>(`${it.path}/messages/${id}/activate`, { method: "POST" });
  expect((await activate(old?.id)).leaf_id).toBe(old?.id);
  expect((await it.client.messages(it.id)).map(({ id }) => id)).toEqual([question?.id, old?.id]);
  expect((await activate(running.id)).leaf_id).toBe(running.id);
  expect((await again).id).toBe(running.id);
  expect((await it.client.messages(it.id)).at(-1)?.id).toBe(running.id);
});
