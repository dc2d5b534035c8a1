// Requests of the client, through answers that break off and such as are not Edgewise's.
import { expect, test } from "vitest";
import { beginning, clientOf, never, refusal, thrownBy, untilLeft } from "./network.ts";

const gone = new Error("gone");

test("an answer that breaks off, or is cut short, is asked for again where that is safe", async () => {
  for (const cut of [
    () => beginning('{"content": "a'),
    () => beginning('{"content": "a', (body) => body.close()),
  ]) {
    const { client, requests } = clientOf((_, at) =>
      at === 0 ? cut() : Response.json({ content: "all" }),
    );
    expect(await client.chat({ message: "Go" })).toEqual({ content: "all" });
    expect(requests).toHaveLength(2);
    const { client: other, requests: once } = clientOf(cut);
    const made = await thrownBy(other.conversations.create()); // has no key
    expect(made).toMatchObject({ name: "EdgewiseError", code: "NETWORK" });
    expect(once).toHaveLength(1);
  }
});

test("aborted while an answer comes, or an error does: the signal's reason", async () => {
  for (const init of [
    { headers: { "Content-Type": "application/json" } },
    { status: 503, headers: { "Content-Type": "application/json" } },
  ]) {
    const leaving = new AbortController();
    const { client } = clientOf((request) => {
      setTimeout(() => leaving.abort(gone), 5);
      return beginning('{"a', untilLeft(request), init);
    });
    expect(await thrownBy(client.chat({ message: "Go" }, leaving))).toBe(gone);
  }
});

test("what gets a token may fail for now, and says the signal's reason where it was left", async () => {
  let asked = 0;
  const token = async () => {
    asked += 1;
    if (asked === 1) throw new TypeError("fetch failed");
    return "ew_2";
  };
  const { client, requests } = clientOf(() => Response.json({ content: "all" }), { token });
  expect(await client.chat({ message: "Go" })).toEqual({ content: "all" });
  expect(requests.map(({ headers }) => headers.get("Authorization"))).toEqual(["Bearer ew_2"]);

  const none = clientOf(() => Response.json({}), { token: () => Promise.reject(gone) });
  expect(await thrownBy(none.client.conversations.create())).toMatchObject({
    code: "NETWORK",
    cause: gone,
  });

  const leaving = new AbortController();
  const slow = clientOf(() => Response.json({}), { token: () => new Promise(() => undefined) });
  const waiting = thrownBy(slow.client.chat({ message: "Go" }, leaving));
  leaving.abort(gone);
  expect(await waiting).toBe(gone);
});

test("somebody else's error has no code of theirs", async () => {
  for (const body of [
    { error: "boom" },
    { error: { code: 1000, message: "DNS" } },
    { error: { code: "toString", message: "It is inherited." } },
    { error: { code: "NOT_FOUND" } },
    { message: "boom" },
    null,
    [],
  ]) {
    const { client } = clientOf(() => Response.json(body, { status: 530 }));
    expect(await thrownBy(client.conversations.list()), JSON.stringify(body)).toMatchObject({
      code: "UNEXPECTED",
      status: 530,
      message: "The answer was 530, and not in Edgewise's words.",
    });
  }
  const known = { code: "NOT_FOUND", message: "No.", details: {}, request_id: "req_1" };
  const { client } = clientOf(() => refusal(404, known));
  expect(await thrownBy(client.conversations.list())).toMatchObject({
    code: "NOT_FOUND",
    message: "No.",
    requestId: "req_1",
  });
});

test("a page in the place of an answer is somebody else's", async () => {
  const page = () =>
    new Response("<h1>Sign in to this network</h1>", { headers: { "Content-Type": "text/html" } });
  const { client, requests } = clientOf(page);
  const refused = await thrownBy(client.conversations.list());
  expect(refused).toMatchObject({ code: "UNEXPECTED", status: 200 });
  expect(requests).toHaveLength(1);
});

test("no id leads elsewhere", async () => {
  const { client, requests } = clientOf(() => Response.json({}));
  const id = "../a?b#c/d e";
  await client.documents.get(id);
  await client.documents.reindex(id);
  await client.documents.delete(id);
  await client.conversations.get(id);
  await client.conversations.update(id, {});
  await client.conversations.delete(id);
  await client.conversations.messages(id);
  const encoded = "..%2Fa%3Fb%23c%2Fd%20e";
  expect(requests.map(({ name }) => name)).toEqual([
    `GET /documents/${encoded}`,
    `POST /documents/${encoded}/reindex`,
    `DELETE /documents/${encoded}`,
    `GET /conversations/${encoded}`,
    `PATCH /conversations/${encoded}`,
    `DELETE /conversations/${encoded}`,
    `GET /conversations/${encoded}/messages`,
  ]);
  expect(requests.map(({ url }) => new URL(url).search)).toEqual(requests.map(() => ""));
});

test("who waits for another's first answer can leave", async () => {
  const { client, requests } = clientOf(never, { token: undefined });
  const first = new AbortController();
  const one = thrownBy(client.chat({ message: "Go" }, first));
  const leaving = new AbortController();
  const other = thrownBy(client.chat({ message: "Come" }, leaving));
  leaving.abort(gone);
  expect(await other).toBe(gone);
  expect(requests).toHaveLength(1);
  first.abort(gone);
  expect(await one).toBe(gone);
});
