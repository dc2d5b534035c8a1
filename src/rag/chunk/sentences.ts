// Where sentences begin. The platform's segmenter knows the rules of Unicode, the full stops of Chinese
// and Japanese among them, but not that "Dr." ends no sentence; that is mended here.

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

const before = (words: string) => words.trim().split(/\s+/).join("|").replaceAll(".", "\\.\\s?");

/** Stand before a name, or in the middle of what they belong to; of English, German, French, Spanish … */
const ALWAYS = before(`
  Dr Drs Mr Mrs Ms Mx Prof St Sr Sra Jr Hr Fr Frl Mme Mlle Ing Dipl Gen Col Capt Lt Sgt Rev Hon Gov Sen Rep Pres
  vs cf ca approx resp bzw bspw ggf evtl inkl exkl zzgl usf sog vgl vlg dt engl frz ibid
  e.g i.e a.k.a z.B d.h u.a o.ä i.d.R z.T u.U p.ex т.е т.к т.д
  Jan Feb Mär Apr Aug Sept Sep Okt Oct Nov Dez Dec
`);
/** Only before a number: "No. 5", but also "No. He did not." */
const BEFORE_NUMBER = before(
  "No Nos Nr Nrn Art Abs Fig Figs Abb Tab Eq Eqs Sec Secs Ch Chap Kap Vol Vols Ed pp p S Bd Anh App Ref Refs Pos Num Núm núm no nº art стр рис",
);
const EDGE = String.raw`(?:^|[\s([„"“'’«-])`;
/** Before an ordinal of German. */
const ARTICLES = "a[bm]|vom|zum|zur|beim|im|bis|seit|de[rnms]|die|das|jede[rmn]?";
const ENDS_IN_ABBREVIATION = new RegExp(
  String.raw`${EDGE}(?:${ALWAYS}|(?:\p{L}\.\s?)*\p{L}|(?:${ARTICLES})\s\p{N}{1,2})\.$`,
  "iu",
);
const ENDS_BEFORE_NUMBER = new RegExp(String.raw`${EDGE}(?:${BEFORE_NUMBER})\.$`, "u");
/** Of a list. */
const ONLY_NUMBER = /^[([]?\p{N}{1,3}\.$/u;
const NUMBER = /^[([#]?\p{N}/u;
/** What belongs to the sentence before although there is a space in front of it. */
const CLOSING = /^[»)\]”’]+(?:\s+|$)/u;
/** No abbreviation is longer. */
const LONGEST = 24;
/** A line's end that has no empty line beside it. */
const WRAP = /(?<!\n[^\S\n]*)\n(?![^\S\n]*\n)/g;

/**
 * Offsets where sentences begin, in order, without that of the first. A line's end alone ends no
 * sentence (files are wrapped), an empty line does. Linear in the text.
 */
export function sentenceStarts(text: string): number[] {
  const unwrapped = text.includes("\n") ? text.replaceAll(WRAP, " ") : text;
  const starts: number[] = [];
  /** Of the sentence that is being read; -1 before the first. */
  let start = -1;
  let end = 0;
  for (const { segment, index } of segmenter.segment(unwrapped)) {
    const own = segment.trimStart();
    const closing = start === -1 ? 0 : (CLOSING.exec(own)?.[0].length ?? 0);
    if (own.length === closing) continue;
    const begin = index + segment.length - own.length + closing;
    if (start === -1) start = begin;
    else if (!goesOn(unwrapped, start, end, begin)) {
      starts.push(begin);
      start = begin;
    }
    end = index + segment.trimEnd().length;
  }
  return starts;
}

/** Whether what lies between `start` and `end` is no sentence yet. */
function goesOn(text: string, start: number, end: number, next: number): boolean {
  if (text[end - 1] !== "." || text.slice(end, next).includes("\n")) return false;
  const tail = text.slice(Math.max(start, end - LONGEST), end);
  return (
    ENDS_IN_ABBREVIATION.test(tail) ||
    ONLY_NUMBER.test(tail) ||
    (NUMBER.test(text.slice(next, next + 2)) && ENDS_BEFORE_NUMBER.test(tail))
  );
}
