// What the embedded model says where it is asked for something beside an answer: a title, a summary,
// entities. Everything stands in what it was given; the same input always gives the same answer.
import type { ModelRequest } from "../../provider.ts";
import type { Purpose } from "../../purposes.ts";
import { type Quoted, quotedIn } from "../../quoted.ts";
import { estimateTokens } from "../../tokens.ts";
import { keySentences, sentences, STOP_WORDS, termsOf, words } from "./reading.ts";

export function answerBeside(
  purpose: Exclude<Purpose, "chat">,
  messages: ModelRequest["messages"],
): string {
  const quoted = quotedIn(messages.at(-1)?.content ?? "");
  switch (purpose) {
    case "title":
      return title(textsOf(quoted, "user")[0] ?? "");
    case "summary":
      return summary(quoted);
    case "entities":
      return JSON.stringify({ entities: entities(textsOf(quoted, "user").join("\n")) });
    case "intent":
      return intent(textsOf(quoted, "message").at(-1) ?? "", quoted.length > 1);
    // Nobody can judge without understanding: said in no form that would pass for a judgement.
    case "judge":
    case "rerank":
      return "The embedded model cannot judge.";
    case "retrieval":
      return retrieval(quoted);
    case "references":
      return textsOf(quoted, "message").at(-1) ?? "";
  }
}

/** Where nothing was found, the words that carry the question may find more than all of it did. */
function retrieval(quoted: readonly Quoted[]): string {
  const question = textsOf(quoted, "message").at(-1) ?? "";
  const carrying = words(question).filter((word) => !STOP_WORDS.has(word.toLowerCase()));
  return textsOf(quoted, "source").length > 0 || carrying.length === 0
    ? "ENOUGH"
    : `SEARCH: ${carrying.join(" ")}`;
}

const textsOf = (quoted: readonly Quoted[], tag: Quoted["tag"]) =>
  quoted.filter((it) => it.tag === tag).map(({ text }) => text);

/** The first sentence of the question that has words: what it is about is not for extraction to say better. */
function title(question: string): string {
  return sentences(question).find((it) => words(it).length > 0) ?? question.trim();
}

const MOST_SENTENCES = 10;
/** Tokens: less than what a summary is cut to. */
const MOST_TOKENS = 400;
const LONGEST_SENTENCE = 300;
const MOST_TOPICS = 5;

/** The key sentences of the summary so far and of what the user said since, and the commonest terms. */
function summary(quoted: readonly Quoted[]): string {
  const previous = textsOf(quoted, "previous_summary").join(" ");
  const users = textsOf(quoted, "user");
  const said = users.length > 0 ? users : textsOf(quoted, "assistant");
  // Earlier facts keep their place: half of the sentences are theirs.
  const kept = keySentences(previous, MOST_SENTENCES / 2);
  const added = keySentences(said.join("\n"), MOST_SENTENCES - kept.length);
  const lines: string[] = [];
  let tokens = 0;
  for (const sentence of new Set([...kept, ...added])) {
    const line = ended(sentence.replaceAll(/\s+/g, " ").slice(0, LONGEST_SENTENCE).toWellFormed());
    tokens += estimateTokens(line) + 1;
    if (tokens > MOST_TOKENS) break;
    lines.push(line);
  }
  return `${lines.join(" ")}\nTopics: ${topics([previous, ...said].join("\n")).join("; ")}`;
}

const ended = (sentence: string) => (/[.!?。！？…]$/u.test(sentence) ? sentence : `${sentence}.`);

function topics(text: string): string[] {
  const counts = new Map<string, { word: string; count: number }>();
  for (const word of words(text)) {
    const [term] = termsOf(word);
    if (term === undefined || word.length < 4 || word.length > 30) continue;
    const known = counts.get(term);
    if (known === undefined) counts.set(term, { word, count: 1 });
    else known.count++;
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_TOPICS)
    .map(({ word }) => word);
}

const MOST_ENTITIES = 20;
const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const DATE = new RegExp(
  `\\b(?:\\d{4}-\\d{2}-\\d{2}|\\d{1,2}\\.\\d{1,2}\\.\\d{4}|\\d{1,2}/\\d{1,2}/\\d{4}|\\d{1,2}(?:st|nd|rd|th)? ${MONTH}(?:,? \\d{4})?|${MONTH} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?)\\b`,
  "g",
);
/** Capitals in a row, with what may stand between them: “University of Bonn”. */
const NAME = /\p{Lu}[\p{L}\p{N}'’-]*(?:(?: (?:of|de|van|von|der|la) | )\p{Lu}[\p{L}\p{N}'’-]*)*/gu;
const ORGANIZATION =
  /\b(?:Inc|Ltd|LLC|Corp|Corporation|Company|GmbH|AG|University|Institute|Bank|Foundation|Ministry)\b/;
const BEFORE_PERSON = /(?:\b(?:Mr|Mrs|Ms|Dr|Prof)\.? |\b(?:name is|called|call me|met|named) )$/i;
const BEFORE_PLACE =
  /\b(?:live[sd]? in|living in|moved to|travel(?:l?ing)? to|fly(?:ing)? to|trip to|visit(?:ing|ed)?|born in|based in) $/i;

/** Dates, and names: capitals that no sentence begins with, or several of them. */
function entities(text: string) {
  const found = new Map<string, { name: string; type: string; attributes: object }>();
  const add = (name: string, type: string) => {
    if (!found.has(name) || type !== "other") found.set(name, { name, type, attributes: {} });
  };
  for (const [date] of text.matchAll(DATE)) add(date, "date");
  for (const sentence of sentences(text.replaceAll(DATE, (date) => "·".repeat(date.length)))) {
    for (const match of sentence.matchAll(NAME)) {
      const before = sentence.slice(0, match.index);
      const name = withoutOpening(match[0], before);
      if (name.length < 2 || STOP_WORDS.has(name.toLowerCase())) continue;
      add(name, typeOf(name, before));
    }
  }
  return [...found.values()].slice(0, MOST_ENTITIES);
}

/** A capital may only be that of the sentence's first word. */
function withoutOpening(name: string, before: string): string {
  if (/[\p{L}\p{N}]/u.test(before)) return name;
  const [first = "", ...rest] = name.split(" ");
  return rest.length === 0 || STOP_WORDS.has(first.toLowerCase()) ? rest.join(" ") : name;
}

function typeOf(name: string, before: string): string {
  if (ORGANIZATION.test(name)) return "organization";
  if (BEFORE_PERSON.test(before)) return "person";
  return BEFORE_PLACE.test(before) ? "location" : "other";
}

const INTENT_RULES: readonly [intent: string, begins: RegExp][] = [
  [
    "goodbye",
    /^(?:(?:good)?bye|see you|cheers,? bye|that['’]s all|tschüss|auf wiedersehen|au revoir|adiós|hasta luego|再见|再見|さようなら)/i,
  ],
  [
    "new_topic",
    /^(?:new topic|something else|different (?:question|topic)|by the way|btw|anderes thema|autre sujet|otro tema|换个话题|話は変わ)/i,
  ],
  [
    "clarification",
    /^(?:i mean|i meant|what i mean|to clarify|no, i|ich mei|je veux dire|quiero decir|我的意思)/i,
  ],
  [
    "feedback",
    /^(?:thanks|thank you|great|perfect|awesome|nice|good (?:job|answer)|wrong|that(?:['’]s| is) (?:not |wrong|right|great|correct)|danke|merci|gracias|谢谢|謝謝|ありがとう)/i,
  ],
  [
    "command",
    /^(?:please |bitte )?(?:write|translate|show|list|give|make|create|summari[sz]e|explain|fix|rewrite|shorten|tell|generate|add|remove|change|compare|convert|schreib|übersetze|zeig|écris|traduis|escribe|traduce|请|帮我)/i,
  ],
  ["follow_up", /^(?:and\b|what about|how about|also\b|why\?|und\b|et\b|y\b)/i],
];

function intent(message: string, goesOn: boolean): string {
  const rule = INTENT_RULES.find(([, begins]) => begins.test(message.trim()));
  if (rule === undefined || (rule[0] === "follow_up" && !goesOn)) return "question";
  return rule[0];
}
