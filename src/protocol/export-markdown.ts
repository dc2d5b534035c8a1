// Conversations as Markdown, to be read by people. What somebody said stands in a fence that nothing in it can
// end, so that it cannot pass for a heading, or for what another said.
import type { ConversationDetail } from "./conversation.ts";
import type { Exported, Incomplete } from "./export-json.ts";
import { contentOf, type Message, type Part } from "./message.ts";

const ROLES = { user: "User", assistant: "Assistant", system: "System", tool: "Tool" } as const;

/** The branch that is shown, of each. */
export async function* exportMarkdown(
  exported: AsyncIterable<Exported>,
  exported_at: string,
): AsyncGenerator<string> {
  const incomplete: Incomplete[] = [];
  let many = 0;
  for await (const it of exported)
    switch (it.type) {
      case "conversation":
        yield (many++ === 0 ? "" : "\n---\n\n") + headOf(it.conversation);
        break;
      case "messages":
        yield it.messages.map(messageMarkdown).join("");
        break;
      case "incomplete":
        incomplete.push({ id: it.id, reason: it.reason });
        break;
      case "end":
        break;
    }
  if (many === 0) yield "No conversations.\n";
  if (incomplete.length > 0)
    yield `\n---\n\n# What is missing here\n\n${incomplete
      .map(({ id, reason }) => `- ${id ?? "All that follows"}: ${escaped(reason)}\n`)
      .join("")}`;
  yield `\n---\n\nExported ${exported_at}\n`;
}

function headOf({ title, created_at, model, tags, id }: ConversationDetail): string {
  const facts = [
    `Begun ${created_at}`,
    ...(model === null ? [] : [`Model ${escaped(model)}`]),
    ...(tags.length === 0 ? [] : [`Tags ${tags.map(escaped).join(", ")}`]),
    id,
  ];
  return `# ${escaped(title ?? "") || "Untitled"}\n\n${facts.map((fact) => `- ${fact}\n`).join("")}`;
}

function messageMarkdown(message: Message): string {
  const { role, created_at, model, status, parts, citations } = message;
  const by = role === "assistant" && model !== null ? ` (${escaped(model)})` : "";
  const ended = status === "completed" ? "" : `\n*${status}*\n`;
  return `\n## ${ROLES[role]}${by}, ${created_at}\n${ended}${partsMarkdown(parts)}${sourcesMarkdown(citations)}`;
}

/** What the numbers in an answer stand for, each once. */
function sourcesMarkdown(citations: Message["citations"]): string {
  const lines = citations.map(({ number, document_name, page, heading_path }) => {
    const place = [document_name, ...(page === null ? [] : [`page ${page}`]), ...heading_path];
    return `- \\[${number}\\] ${escaped(place.join(", "))}\n`;
  });
  return lines.length === 0 ? "" : `\nSources:\n\n${[...new Set(lines)].join("")}`;
}

/** What was thought on the way is not what was said. */
function partsMarkdown(parts: readonly Part[]): string {
  const text = contentOf(parts);
  const said = text === "" ? [] : [fenced(text, "markdown")];
  const beside = parts.flatMap((part): string[] => {
    switch (part.type) {
      case "text":
      case "reasoning":
        return [];
      case "image":
        return [linked(part.url)];
      case "tool_call":
        return [`Calls \`${part.name}\`:\n\n${fenced(part.arguments, "json")}`];
      case "tool_result":
        return [quoted(part.content)];
    }
  });
  return [...said, ...beside].map((block) => `\n${block}\n`).join("");
}

function linked(url: string): string {
  if (!url.startsWith("https://")) return "(a picture)";
  const safe = url.toWellFormed().replace(/[^\w\-.~:/?#@$&*+,;=%]/gu, encodeURIComponent);
  return `[a picture](<${safe}>)`;
}

/** Every line of it, a fence included, so that it ends where the quotation does. */
const quoted = (text: string) => fenced(text).replace(/^|\r\n|\r|\n/g, (end) => `${end}> `);

/** A fence that nothing in it ends. */
export function fenced(text: string, language = ""): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** One line of text that is nothing but text: no mark of Markdown or HTML, nothing that turns the writing round. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .trim()
    .replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}
