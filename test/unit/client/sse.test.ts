// Server-Sent Events as the client reads them (HTML standard, 9.2.6): whatever way they are cut.
import { expect, test, vi } from "vitest";
import { records } from "../../../client/sse.ts";

const bytes = new TextEncoder();

/** A body that comes in these chunks. */
function bodyOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}
const read = (...chunks: string[]) =>
  Array.fromAsync(records(bodyOf(...chunks.map((chunk) => bytes.encode(chunk)))));

test("fields are read, with and without a space; comments, other fields and empty records are not", async () => {
  expect(
    await read(": keep-alive\n\nid: 1\nevent: token\ndata: {}\n\nretry: 5\nevent: x\n\ndata:y\n\n"),
  ).toEqual([
    { id: "1", event: "token", data: "{}" },
    { id: "1", event: "", data: "y" },
  ]);
});

test("several lines of data are one text, and a field may have no colon", async () => {
  expect(await read("data: a\ndata\ndata: b: c\n\n")).toEqual([
    { id: "", event: "", data: "a\n\nb: c" },
  ]);
});

test("a record that does not end was never told", async () => {
  expect(await read("data: a\n\ndata: b\n")).toEqual([{ id: "", event: "", data: "a" }]);
});

test("lines end in any of three ways, and chunks anywhere", async () => {
  const text = "\uFEFFid: ü\nevent: token\ndata: 日本 🌊\n\n: quiet\n\nid: 2\ndata: é\n\n";
  const expected = await read(text);
  expect(expected).toEqual([
    { id: "ü", event: "token", data: "日本 🌊" },
    { id: "2", event: "", data: "é" },
  ]);
  for (const end of ["\n", "\r\n"]) {
    const whole = bytes.encode(text.replaceAll("\n", end));
    for (let cut = 0; cut <= whole.length; cut++)
      expect(
        await Array.fromAsync(records(bodyOf(whole.slice(0, cut), whole.slice(cut)))),
        `${JSON.stringify(end)} cut at ${cut}`,
      ).toEqual(expected);
    const single = Array.from(whole, (byte) => Uint8Array.of(byte));
    expect(await Array.fromAsync(records(bodyOf(...single)))).toEqual(expected);
  }
  expect(await read("data: a\r\rdata: b\r\r", ": c\r")).toEqual([
    { id: "", event: "", data: "a" },
    { id: "", event: "", data: "b" },
  ]);
});

test("a long line is looked through once, however small the pieces in which it comes", async () => {
  const data = "x".repeat(200_000);
  const whole = `data: ${data}\n\n`;
  const chunks = whole.match(/[^]{1,100}/g) ?? [];
  const looking = vi.spyOn(String.prototype, "split");
  const told = await read(...chunks);
  const looked = looking.mock.contexts.map((text) => String(text).length);
  looking.mockRestore();
  expect(told).toEqual([{ id: "", event: "", data }]);
  expect(looked.reduce((sum, length) => sum + length, 0)).toBe(whole.length);
});

test("a line ends with its CR, also where an LF may follow in the next piece", async () => {
  expect(await read("data: a\r", "\n\r", "\ndata: b\r", "\r", "\n", "data: c\r\n", "\r\n")).toEqual(
    [
      { id: "", event: "", data: "a" },
      { id: "", event: "", data: "b" },
      { id: "", event: "", data: "c" },
    ],
  );
});

test("a body that breaks is a NETWORK error, after what it told", async () => {
  let told = false;
  const broken = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (told) controller.error(new Error("connection reset"));
        else controller.enqueue(bytes.encode("data: a\n\ndata"));
        told = true;
      },
    },
    { highWaterMark: 0 },
  );
  const heard: string[] = [];
  await expect(async () => {
    for await (const { data } of records(broken)) heard.push(data);
  }).rejects.toMatchObject({ name: "EdgewiseError", code: "NETWORK" });
  expect(heard).toEqual(["a"]);
});

test("who leaves lets go of the body, and so does a signal", async () => {
  const cancelled: string[] = [];
  const endless = (name: string) =>
    new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.enqueue(bytes.encode("data: a\n\n")),
        cancel: () => void cancelled.push(name),
      },
      { highWaterMark: 0 },
    );
  for await (const _ of records(endless("left"))) break;
  const leaving = new AbortController();
  for await (const _ of records(endless("aborted"), leaving.signal)) leaving.abort();
  expect(cancelled).toEqual(["left", "aborted"]);
});
