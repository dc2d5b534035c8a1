// Signs that a text holds code, as it is written and never as it is spoken of: a dress code and an area
// code are none.

/** Each kind of sign, and how much it tells: 2 is proof enough. */
const SIGNS: readonly [weight: number, sign: RegExp][] = [
  [3, /```|~~~/],
  // Traces of a stack: Java and JavaScript, Python, Go and Rust, .NET
  [3, /^[ \t]+at [\w$.<>[\] ]{1,120}\(/m],
  [3, /Traceback \(most recent call last\)|^[ \t]*File "[^"\n]+", line \d+/m],
  [3, /^goroutine \d+ \[|^thread '[^'\n]+' panicked at|panic: runtime error|Segmentation fault/m],
  [
    2,
    /\b(?:[A-Z]\w*(?:Error|Exception)|ENOENT|ECONNREFUSED|EADDRINUSE|NullPointerException|segfault)\b(?=[:( ]|$)/,
  ],
  [2, /\berror(?:\[E\d+\]| TS\d+| CS\d+)/],
  // Declarations
  [
    2,
    /^[ \t]*(?:export |async |public |private |static |pub )*(?:function\*?|def|fn|func|class|interface|struct|enum|impl|trait|namespace|package) +[\w$]+ *[({:<;]/m,
  ],
  [2, /\b(?:const|let|var|val) +[\w${}[\], ]{1,80}(?::[^=\n]{1,80})?= *\S/],
  [
    2,
    /^[ \t]*(?:#include *[<"]|import +[\w.{}*, ]+(?: from|;|$)|from +[\w.]+ +import |using +[\w.]+;)/m,
  ],
  [2, /=> *[{(\w]|\bfunction *\(|\bdef \w+\(|\blambda \w+:|#!\/(?:usr|bin)/],
  // Calls and statements
  [
    2,
    /\b[\w$]{1,40}(?:\.[\w$]{1,40}){1,5}\([^)\n]{0,80}\)|\b(?:console\.log|System\.out|std::)|\b\w+::\w+/,
  ],
  [1, /\b[a-z_$][\w$]*\([^()\n]{0,80}\)/],
  [
    2,
    /\b(?:if|for|while|switch|catch) *\([^)\n]{0,120}\) *\{|^[ \t]*(?:for|while|if|elif|with) .{1,80}:[ \t]*$/m,
  ],
  [1, /[;{}][ \t]*$/m],
  [1, /(?:===|!==|&&|\|\||\+\+|\+=|->|:=|<-|\?\?)/],
  // SQL and shell
  [
    3,
    /\b(?:SELECT\b[\s\S]{1,300}\bFROM|INSERT INTO|UPDATE\b[\s\S]{1,80}\bSET|DELETE FROM|CREATE (?:TABLE|INDEX|VIEW)|ALTER TABLE)\b/,
  ],
  [2, /\bselect\b[^.\n]{1,120}\bfrom\b[^.\n]{1,120}\b(?:where|join|group by|order by|limit)\b/i],
  [
    2,
    /^[ \t]*[$#>]?\s*(?:sudo|git|npm|npx|yarn|pnpm|docker|kubectl|curl|pip3?|apt(?:-get)?|brew|ssh|chmod|grep|awk|sed|terraform|cargo|make) +[-\w./]+/m,
  ],
  // Markup and data
  [
    2,
    /<\/?(?:div|span|html|body|script|style|button|input|form|img|ul|li|svg|template)\b[^>\n]{0,200}>/i,
  ],
  [2, /^[ \t]*[.#]?[\w-]{1,40} *\{\s{0,8}[\w-]{1,40} *: *[^;{}\n]{1,80};/m],
  [2, /[{[]\s{0,8}"[\w-]{1,60}" *: *["{[\d\w]/],
];

/** From 0, none, up: 2 where there surely is code. */
export function codeIn(raw: string): number {
  let weight = 0;
  for (const [each, sign] of SIGNS) {
    if (sign.test(raw)) weight += each;
    if (weight >= 6) break;
  }
  // A brace at a line's end and a call's brackets are in prose too: alone they tell nothing.
  return weight < 2 ? 0 : weight;
}
