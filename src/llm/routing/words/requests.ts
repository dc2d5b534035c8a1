// What is to be made: a program, a piece of writing; how many things, and under which conditions.
import { countOf, has, phrases } from "../reading.ts";

const MAKING = phrases({
  en: "write, implement, create, build, fix, debug, refactor, optimise, optimize, port, migrate, review, rewrite, generate, convert, add, make, set up, setup, develop, test, tests, profile, parse, deploy, how do i, how can i, how would i, how to, crash*, fails, failing, doesn t work, not working, broken, throws, why does, why is, why do",
  de: "schreib*, schreiben, implementier*, erstell*, baue, behebe, repariere, refaktor*, optimier*, portier*, generier*, wandle, entwickle, teste, prufe, warum, wie kann ich, wie mache ich, funktioniert nicht, sturzt",
  fr: "ecri*, implement*, cree*, creer, construi*, corrige*, debog*, refactor*, optimis*, genere*, converti*, developp*, teste*, comment, pourquoi, ne marche pas",
  es: "escrib*, implement*, crea, crear, construy*, arregla*, corrige*, depura*, refactor*, optimi*, genera*, convierte*, desarroll*, prueba*, como, por que, no funciona",
  it: "scriv*, implement*, crea, creare, costrui*, correggi*, refactor*, ottimizz*, genera*, convert*, svilupp*, come, perche, non funziona",
  pt: "escrev*, implement*, crie, criar, constru*, corrija, corrig*, depur*, refator*, otimi*, ger*, converta, desenvolv*, como, por que, nao funciona",
  pl: "napisz, zaimplementuj, stworz, utworz, zbuduj, napraw, zrefaktor*, zoptymalizuj, wygeneruj, przekonwertuj, opracuj, jak, dlaczego, nie dziala",
  ru: "напиши*, напишите, реализуй*, создай*, создать, построй*, исправь*, отладь*, рефактор*, оптимизир*, сгенерируй*, преобразуй*, разработай*, как, почему, не работает",
  ar: "اكتب, نفّذ, نفذ, أنشئ, انشئ, أصلح, صحح, حسن, كيف, لماذا, لا يعمل",
  hi: "लिखो, लिखिए, लिखें, बनाओ, बनाइए, बनाएं, ठीक करो, ठीक करें, कैसे, क्यों, काम नहीं",
  zh: "写, 实现, 创建, 编写, 修复, 调试, 重构, 优化, 生成, 转换, 开发, 怎么, 如何, 为什么, 报错",
  ja: "書いて, 実装, 作成, 作って, 修正, デバッグ, リファクタ, 最適化, 生成, 変換, 開発, どうやって, なぜ, 動かない, 動きません",
  ko: "작성, 구현, 만들어, 생성, 수정, 고쳐, 디버그, 디버깅, 리팩터, 리팩토링, 최적화, 변환, 개발, 어떻게, 왜, 안 돼, 안돼",
  tr: "yaz, olustur, uygula, duzelt, nasil",
});

const PROGRAMS = phrases({
  any: "python, javascript, typescript, java, kotlin, swift, golang, go function, go program, in go, rust, ruby, php, perl, scala, haskell, elixir, c sharp, csharp, in c, in r, cpp, c program, matlab, sql, postgres*, mysql, sqlite, mongodb, redis, kafka, regex, regexp, regular expression*, bash, powershell, dockerfile, docker, kubernetes, k8s, terraform, ansible, nginx, graphql, grpc, rest api, api endpoint, endpoint*, websocket*, webhook*, react, vue, angular, svelte, nextjs, django, flask, fastapi, rails, laravel, spring boot, nodejs, express, html, css, tailwind, yaml, json, unit test*, integration test*, pytest, jest, git, github action*, ci cd, cron job, stack trace, stacktrace, null pointer, memory leak, segfault, race condition*, deadlock*, mutex, thread pool, binary search, linked list, hash map, hashmap, binary tree, lru cache, data structure, dataframe, pandas, numpy, pytorch, tensorflow, excel formula, vba, google sheets formula, web scraper, scraper, crawler, parser, compiler, middleware, codebase, source code, this code, my code, the code, code for, code to, code that, code in, code review, pull request, refactor*",
  en: "function that, function which, function to, function in, a function, this function, script that, script to, a script, program that, program to, a program, class that, class for, method that, query that, query to, a query, command line tool, cli tool, algorithm for, algorithm to, web app, mobile app, landing page, chrome extension, discord bot, telegram bot, data pipeline, backend, frontend, database schema",
  de: "funktion, skript, programm, klasse, abfrage, datenbank*, quelltext, code, algorithmus",
  fr: "fonction, script, programme, classe, requete, base de donnees, code, algorithme",
  es: "funcion, script, programa, clase, consulta sql, base de datos, codigo, algoritmo",
  it: "funzione, script, programma, classe, query, database, codice, algoritmo",
  pt: "funcao, script, programa, classe, consulta, banco de dados, codigo, algoritmo",
  pl: "funkcj*, skrypt*, program, programu, klas*, zapytani*, baz* danych, kod, kodu, algorytm*",
  ru: "функци*, скрипт*, программ*, класс, запрос*, баз* данных, код, кода, алгоритм*, питон*",
  ar: "دالة, برنامج, سكربت, استعلام, قاعدة بيانات, كود, الكود, خوارزمية, بايثون",
  hi: "फंक्शन, फ़ंक्शन, प्रोग्राम, स्क्रिप्ट, क्वेरी, डेटाबेस, कोड, एल्गोरिदम, पायथन",
  zh: "函数, 脚本, 程序, 查询, 数据库, 代码, 算法, 接口",
  ja: "関数, スクリプト, プログラム, クエリ, データベース, コード, アルゴリズム",
  ko: "함수, 스크립트, 프로그램, 쿼리, 데이터베이스, 코드, 알고리즘, 파이썬",
  tr: "fonksiyon*, betik, program, sorgu, veritabani, kod",
});

/** A program is to be made, mended or judged. Its name alone is no such request. */
export const isProgramming = (plain: string): boolean => has(PROGRAMS, plain) && has(MAKING, plain);

const WRITING = phrases({
  en: "^write, ^draft, ^compose, ^rewrite, ^rephrase, ^paraphrase, ^summarise, ^summarize, ^brainstorm, write a, write an, write me, write the, draft a, draft an, an email, a letter, an essay, a poem, a story, a speech, a blog post, an article, a cover letter, a song, lyrics, a screenplay, a report, a press release, a summary, a novel, a chapter, a proposal, a review of, a description, summary of",
  de: "^schreib*, ^verfass*, ^formulier*, ^fasse, ^entwirf, einen brief, eine mail, eine e mail, einen aufsatz, ein gedicht, eine geschichte, eine rede, einen artikel, zusammenfassung, zusammen",
  fr: "^ecri*, ^redige*, ^reformule*, ^resume*, un mail, un email, une lettre, une dissertation, un poeme, une histoire, un discours, un article, un resume",
  es: "^escrib*, ^redacta*, ^reformula*, ^resum*, un correo, una carta, un ensayo, un poema, una historia, un cuento, un discurso, un articulo, un resumen",
  it: "^scriv*, ^redig*, ^riformula, ^riassum*, una mail, una email, una lettera, un saggio, una poesia, una storia, un discorso, un articolo, un riassunto",
  pt: "^escrev*, ^redij*, ^reescrev*, ^resum*, um email, um e mail, uma carta, uma redacao, um poema, uma historia, um discurso, um artigo, um resumo",
  pl: "^napisz, ^zredaguj, ^przeredaguj, ^stresc, ^podsumuj, maila, list, wypracowanie, wiersz, opowiadanie, przemowienie, artykul, streszczenie",
  ru: "^напиши*, ^составь*, ^перепиши*, ^перефразируй*, ^резюмируй*, письмо, эссе, сочинение, стихотворение, рассказ, речь, статью",
  ar: "^اكتب, ^لخص, ^أعد صياغة, رسالة, مقال, مقالا, قصيدة, قصة, خطاب, ملخص",
  hi: "लिखो, लिखिए, लिखें, ईमेल, पत्र, निबंध, कविता, कहानी, भाषण, लेख, सारांश",
  zh: "写一, 写封, 写篇, 写首, 起草, 改写, 总结, 概括, 摘要, 作文, 邮件, 诗, 故事, 演讲, 文章",
  ja: "書いて, 作成して, 要約, まとめて, 言い換え, メール, 手紙, 作文, 詩, 物語, スピーチ, 記事",
  ko: "써 줘, 써줘, 작성해, 요약, 이메일, 편지, 에세이, 시를, 이야기, 연설, 기사",
});

export const isWriting = (plain: string): boolean => has(WRITING, plain);

const CONDITIONS = phrases({
  en: "must, must not, should, shall, at least, at most, no more than, no less than, not more than, up to, exactly, without, only use, do not, don t, avoid, within, under, below, fewer than, less than, more than, limited to, ensure, make sure, include, including, required, requires, cannot, can t, never, always, assume, given that, such that, subject to, budget, deadline, in the style of, keep it, maximum, minimum, per second, concurrent",
  de: "muss, mussen, soll, sollte, mindestens, hochstens, maximal, genau, ohne, nicht mehr als, vermeide, innerhalb, unter, inklusive, darf nicht, darf, immer, nie, budget, frist",
  fr: "doit, doivent, devrait, au moins, au plus, maximum, minimum, exactement, sans, pas plus de, evite*, moins de, inclu*, ne pas, toujours, jamais, budget, delai",
  es: "debe, deben, deberia, al menos, como maximo, maximo, minimo, exactamente, sin, no mas de, evita, menos de, incluy*, siempre, nunca, presupuesto, plazo",
  it: "deve, devono, dovrebbe, almeno, al massimo, massimo, minimo, esattamente, senza, non piu di, evita, meno di, includ*, sempre, mai, budget, scadenza",
  pt: "deve, devem, deveria, pelo menos, no maximo, maximo, minimo, exatamente, sem, nao mais de, evite, menos de, inclu*, sempre, nunca, orcamento, prazo",
  pl: "musi, musza, powinien, powinna, powinno, co najmniej, przynajmniej, najwyzej, maksymalnie, dokladnie, bez, nie wiecej niz, unikaj, uwzgledni*, zawsze, nigdy, budzet, termin",
  ru: "должен, должна, должно, должны, не менее, не более, как минимум, максимум, ровно, без, избегай*, включи*, учитыва*, всегда, никогда, бюджет, срок",
  ar: "يجب, على الأقل, على الأكثر, بالضبط, بدون, تجنب, لا يزيد, ميزانية",
  hi: "चाहिए, कम से कम, अधिक से अधिक, ठीक, बिना, बजट",
  zh: "必须, 至少, 最多, 不超过, 不能, 不要, 恰好, 包括, 避免, 确保, 预算, 限制, 要求",
  ja: "必ず, 少なくとも, 以上, 以内, 以下, ちょうど, なしで, 含め, 避け, 予算, 制約",
  ko: "반드시, 최소, 최대, 이상, 이내, 이하, 정확히, 없이, 포함, 피해, 예산, 제약",
});

const LIST_ITEM = /^[ \t]*(?:[-*•–]|\d{1,2}[.)]|[a-h]\))[ \t]+\S/gm;

/** Conditions that are said, and points of a list. */
export function constraintsIn(raw: string, folded: string): number {
  return countOf(CONDITIONS, folded) + (raw.match(LIST_ITEM)?.length ?? 0);
}

const NEXT = phrases({
  en: "and then, then, also, additionally, in addition, furthermore, finally, afterwards, after that, next, lastly, as well as, first, firstly, second, secondly, third, thirdly, followed by, and explain, and compare, and suggest, and recommend, and write, and propose, and identify, and list, and give, and describe, and estimate, and justify, and translate, and summarise, and summarize",
  de: "und dann, dann, danach, ausserdem, zusatzlich, schliesslich, zuerst, erstens, zweitens, drittens, anschliessend, sowie",
  fr: "et puis, puis, ensuite, aussi, de plus, enfin, finalement, d abord, premierement, deuxiemement, ainsi que",
  es: "y luego, luego, despues, tambien, ademas, finalmente, por ultimo, primero, segundo, asi como",
  it: "e poi, poi, dopo, inoltre, infine, prima, primo, secondo, nonche",
  pt: "e depois, depois, tambem, alem disso, finalmente, por fim, primeiro, segundo, bem como",
  pl: "a nastepnie, nastepnie, potem, rowniez, ponadto, na koniec, najpierw, po pierwsze, po drugie, oraz",
  ru: "а затем, затем, потом, также, кроме того, наконец, сначала, во первых, во вторых",
  ar: "ثم, بعد ذلك, أيضا, أخيرا, أولا, ثانيا",
  hi: "फिर, उसके बाद, साथ ही, अंत में, पहले",
  zh: "然后, 接着, 另外, 此外, 最后, 首先, 其次, 同时, 并且, 并",
  ja: "それから, 次に, また, さらに, 最後に, まず, その後",
  ko: "그리고, 그 다음, 다음으로, 또한, 추가로, 마지막으로, 먼저",
});

/** How many things are asked at once, as far as that shows; 1 for one. */
export function tasksIn(raw: string, folded: string): number {
  const questions = raw.match(/[?？؟](?=\s|$|["»)])|[？؟]/g)?.length ?? 0;
  const numbered = raw.match(/(?:^|[\s(])(?:\d|[a-e])[.)]\s+\p{L}/gmu)?.length ?? 0;
  return Math.max(1, questions, numbered, 1 + countOf(NEXT, folded));
}
