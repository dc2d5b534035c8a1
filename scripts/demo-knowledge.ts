// `npm run demo:knowledge [url]`: brings the project's own documentation in, asks three questions of it, and
// shows the answers with their sources. Without an address it starts a server of its own, with nothing in it.
import { readdirSync, readFileSync } from "node:fs";
import type { Citation } from "../src/protocol/knowledge.ts";
import type { Message } from "../src/protocol/message.ts";
import { each, local, settled } from "./local.ts";

const QUESTIONS = [
  "How long is an idempotency key remembered?",
  "Does closing the tab stop a turn?",
  "How are passwords kept?",
];

const url = process.argv[2] ?? process.env["EDGEWISE_URL"] ?? null;

await main().catch((thrown: unknown) => {
  console.error(`\n${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exit(1);
});

async function main(): Promise<void> {
  if (url === null) console.log("Starting a server of its own …");
  const server = await local(url, { EMBEDDED_TOKEN_DELAY: "0" });
  try {
    await demonstrate(server);
  } finally {
    await server.stop();
  }
}

async function demonstrate(server: Awaited<ReturnType<typeof local>>): Promise<void> {
  const { call } = server;
  const files = ["README.md", ...pagesIn("docs"), ...pagesIn("docs/decisions")];
  const { id: collection } = await call<{ id: string }>("POST", "/collections", {
    name: `Edgewise's documentation, ${new Date().toISOString()}`,
    chunking: { strategy: "markdown" },
  });
  const began = Date.now();
  await each(files, 4, async (name) => {
    const text = readFileSync(name, "utf8");
    await call("POST", "/documents", { name, text, collection });
  });
  await settled(server, collection, (left) =>
    process.stdout.write(`\r${files.length - left} of ${files.length} pages indexed `),
  );
  console.log(`in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  for (const message of QUESTIONS) {
    const answer = await call<Message>("POST", "/chat", {
      message,
      use_rag: true,
      collections: [collection],
    });
    console.log(`> ${message}\n\n${answer.content}\n`);
    for (const citation of answer.citations) console.log(`  ${labelOf(citation)}`);
    console.log();
  }
}

function pagesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

function labelOf({ number, document_name, heading_path, quote }: Citation): string {
  const said = quote.replaceAll(/\s+/g, " ").slice(0, 160);
  return `[${number}] ${[document_name, ...heading_path].join(" > ")}\n      “${said}”`;
}
