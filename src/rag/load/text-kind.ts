// Which kind of text a text is, by how it looks; what was declared of it breaks ties.
import type { FileKind } from "../blocks.ts";
import { delimiterOf } from "./delimiter.ts";

type TextKind = Exclude<FileKind, "pdf" | "docx">;

type Circumstances = {
  /** Whether `text` is all there is. */
  whole: boolean;
  /** The file's last character that is no space. */
  last: string;
  hinted: FileKind | null;
};

/** UTF-16 units in which a page shows that it is one: licences and comments stand before it. */
const HTML_WITHIN = 4096;

export function textKind(text: string, { whole, last, hinted }: Circumstances): TextKind | "svg" {
  const start = text.trimStart();
  if (isPage(start)) return "html";
  if (
    /^(?:<\?xml[^>]*>\s*)?(?:<!--[^]{0,2000}?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/i.test(start)
  )
    return "svg";
  if (isJson(start, last, hinted === "json")) return "json";
  // From here on one is told from the other by habit alone.
  if (hinted !== null && hinted !== "pdf" && hinted !== "docx" && hinted !== "json") return hinted;
  if (/^<(?:!--|[a-z][a-z0-9]*[\s>/])/i.test(start) && /<\/[a-z][a-z0-9]*\s*>/i.test(start))
    return "html";
  if (isMarkdown(text)) return "markdown";
  if (hinted === "json") return "json";
  return delimiterOf(text, { whole, sure: true }) === null ? "text" : "csv";
}

function isPage(start: string): boolean {
  if (!start.startsWith("<")) return false;
  const head = start
    .slice(0, HTML_WITHIN)
    .replaceAll(/<!--[^]*?(?:-->|$)|<\?[^>]*>/g, "")
    .trimStart();
  return /^<(?:!doctype html|html|head|body|title|meta|script|style|link)[\s>/]/i.test(head);
}

/** Nearly anything may begin with a bracket; JSON ends with one, too. */
function isJson(start: string, last: string, hinted: boolean): boolean {
  if (!hinted && last !== "]" && last !== "}") return false;
  if (/^\{\s*(?:"(?:[^"\\]|\\.){0,1000}"\s*:|\}\s*$)/.test(start)) return true;
  return /^\[[[\s]*(?:[{"\]\d-]|true\b|false\b|null\b)/.test(start);
}

/** Signs that people do not write by chance, on at least two lines, or one that is certain. */
function isMarkdown(text: string): boolean {
  if (/^---\n(?:[\w-]+:.*\n|[ \t].*\n|- .*\n){1,50}---\n/.test(text.replaceAll("\r\n", "\n")))
    return true;
  const signs = text.match(
    /^#{1,6} \S.*$|^(?:```|~~~)[\w-]*\s*$|^\|?\s*:?-{3,}:?\s*\|[\s:|-]*$|\[[^\]\n]{1,200}\]\([^()\s]{1,500}\)|\*\*[^*\n]{1,200}\*\*/gm,
  );
  // A comment in a script begins as a heading does.
  const others = signs?.filter((sign) => !sign.startsWith("# ")).length ?? 0;
  return others >= 2 || (others >= 1 && (signs?.length ?? 0) >= 2);
}
