// Plays what a vendor's documentation says its stream looks like: test/fixtures/providers/README.md.
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";

export type Fixture = { status: number; headers: Record<string, string>; body: string };

/** @param name `<vendor>/<case>` */
export async function readFixture(name: string): Promise<Fixture> {
  if (!/^[a-z-]+\/[a-z0-9-]+$/.test(name)) throw new Error(`no fixture is called ${name}`);
  const { pathname } = new URL(`../fixtures/providers/${name}.txt`, import.meta.url);
  const lines = (await readFile(decodeURIComponent(pathname), "utf8"))
    .split("\n")
    .filter((line) => line !== "");
  const said = lines.filter((line) => !line.startsWith("#"));
  const directives = lines
    .filter((line) => line.startsWith("#"))
    .map((line) => line.slice(1).trim());
  const status = Number(valueOf(directives, "status") ?? 200);
  const headers = Object.fromEntries(
    directives
      .filter((line) => line.startsWith("header "))
      .map((line) => /^header ([\w-]+): (.*)$/.exec(line)?.slice(1) ?? []),
  ) as Record<string, string>;
  const streamed = status === 200;
  return {
    status,
    headers: { "content-type": streamed ? "text/event-stream" : "application/json", ...headers },
    body: streamed ? said.map(eventOf).join("") : said.join("\n"),
  };
}

/** Sends it `cut` bytes at a time; 0: at once. Whether it was sent whole. */
export async function play(
  fixture: Fixture,
  response: ServerResponse,
  cut: number,
): Promise<boolean> {
  response.writeHead(fixture.status, fixture.headers);
  const bytes = Buffer.from(fixture.body);
  const each = cut > 0 ? cut : bytes.length;
  for (let at = 0; at < bytes.length; at += each) {
    if (response.destroyed) return false;
    response.write(bytes.subarray(at, at + each));
    if (cut > 0) await setImmediate(); // so that they leave one by one
  }
  response.end();
  return true;
}

const valueOf = (directives: readonly string[], name: string) =>
  directives.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);

/** A line is a comment of the stream, or an event's data; Anthropic's events have their type as a name. */
function eventOf(line: string): string {
  if (line.startsWith(":")) return `${line}\n\n`;
  const named = /^\{"type":"([a-z_]+)"/.exec(line)?.[1];
  return `${named === undefined ? "" : `event: ${named}\n`}data: ${line}\n\n`;
}
