// Words of hard thinking, in the languages that Edgewise is asked in, and words that say it should be
// quick. What they weigh is in `reasoningOf`.
import { countOf, phrases } from "../reading.ts";

/** Each asks for an argument or a design by itself. */
const STRONG = phrases({
  en: "prove, proof, proofs, proving, disprove, derive, derivation, trade off*, tradeoff*, step by step, root cause*, architect*, design a, design an, design the, redesign, system design, formally, time complexity, optimise, optimize, optimal, rigorous*, multi step, carefully, first principles, counterexample*, theorem, lemma, critically, reconcile, strategy, strategies, migration plan, roadmap, threat model*, game theor*, feasibil*, contradict*, inconsistenc*, failure mode*, distributed, race condition*, deadlock*, consensus, fault toleran*, scalab*, concurren*, multi region, multi tenant, zero downtime, exactly once, causal*, in depth, comprehensive*, thorough*, exhaustive*, due diligence, business plan, financial model, literature review, research plan, hypothes*, statistical*, invariant*, asymptotic*, sensitivity analysis, scenario*, cross reference, synthesi*, second order, liabilit*, compliance, regulat*, knights and knaves, who is lying, logic puzzle",
  de: "beweis*, herleit*, leite her, leite, abwagung*, zielkonflikt*, schritt fur schritt, schrittweise, grundursache*, architektur*, entwirf, entwerfe, entwurf, konzipier*, formal, laufzeitkomplexitat, optimier*, stringent, gegenbeispiel*, kritisch, strategie*, migrationsplan, machbarkeit*, widerspruch*, verteilte*, nebenlaufig*, ausfallsicher*, skalier*, grundlich, ausfuhrlich*, umfassend*, haftung*, datenschutz*, szenari*, hypothes*, satz von",
  fr: "demontr*, prouv*, preuve, deriv*, deduis, compromis, etape par etape, pas a pas, cause profonde, architecture, concois, concevoir, conception, complexite, optimis*, rigoureu*, contre exemple*, critique, strategie*, faisabilite, contradict*, incoheren*, distribue*, concurren*, tolerance aux pannes, en profondeur, approfondi*, exhausti*, conformite, responsabilite*, scenario*, hypothes*, theoreme",
  es: "demuestra*, demostracion, prueba que, deduce, deriva, compensaciones, paso a paso, causa raiz, arquitectura, disena, disenar, diseno de, complejidad, optimiz*, riguros*, contraejemplo*, critic*, estrategia*, viabilidad, contradic*, inconsistenc*, distribuid*, concurren*, tolerancia a fallos, en profundidad, exhaustiv*, detallad*, cumplimiento, escenario*, hipotesis, teorema",
  it: "dimostra*, dimostrazione, deriva, compromessi, passo dopo passo, passo per passo, causa principale, architettura, progetta*, complessita, ottimizz*, rigoros*, controesempi*, critic*, strategi*, fattibilita, contraddi*, incoeren*, distribuit*, concorren*, tolleran*, approfondit*, esaustiv*, conformita, scenari*, ipotesi, teorema",
  pt: "prove que, demonstr*, deriv*, deduza, compensacoes, passo a passo, causa raiz, arquitetura, projete, projetar, complexidade, otimiz*, rigoros*, contraexemplo*, critic*, estrategia*, viabilidade, contradic*, inconsisten*, distribuid*, concorren*, tolerancia a falhas, aprofundad*, exaustiv*, detalhad*, conformidade, cenario*, hipotes*, teorema",
  pl: "udowodnij, dowod, dowodu, wyprowadz, kompromis*, krok po kroku, przyczyna zrodlowa, architektur*, zaprojektuj, projekt systemu, zlozonosc*, zoptymalizuj, optymaliz*, rygorystycz*, kontrprzyklad*, krytycz*, strategi*, wykonalnosc*, sprzeczn*, rozprosz*, wspolbiezn*, odporn*, szczegolow*, wyczerpujac*, zgodnosc*, scenariusz*, hipotez*, twierdzeni*",
  ru: "докажи*, доказать, доказательств*, выведи*, вывод формулы, компромисс*, шаг за шагом, пошагов*, по шагам, первопричин*, архитектур*, спроектируй*, разработай*, сложност*, оптимиз*, строго, контрпример*, критическ*, стратеги*, осуществим*, противоречи*, распределенн*, распределённ*, параллельн*, отказоустойчив*, подробн*, детальн*, исчерпывающ*, сценари*, гипотез*, теорем*",
  ar: "أثبت, اثبت, برهن, برهان, اشتق, استنتج, المفاضلة, مفاضلات, خطوة بخطوة, السبب الجذري, بنية, معمارية, صمم, تصميم, التعقيد, حسّن, بدقة, مثال مضاد, نقديا, استراتيجية, جدوى, تناقض*, موزع, بالتفصيل, شامل, سيناريو*, فرضية, نظرية",
  hi: "सिद्ध कीजिए, सिद्ध करें, सिद्ध करो, साबित, प्रमाण, व्युत्पन्न, चरण दर चरण, कदम दर कदम, मूल कारण, वास्तुकला, आर्किटेक्चर, डिज़ाइन, डिजाइन, जटिलता, अनुकूलित, आलोचनात्मक, रणनीति, विरोधाभास, विस्तार से, विस्तृत, परिकल्पना, प्रमेय",
  zh: "证明, 證明, 推导, 权衡, 取舍, 一步一步, 逐步, 根本原因, 架构, 设计一个, 设计一套, 设计, 复杂度, 优化, 严格, 反例, 批判, 策略, 可行性, 矛盾, 分布式, 并发, 容错, 深入, 详细, 全面, 合规, 场景, 假设, 定理, 方案",
  ja: "証明, 導出, 導いて, トレードオフ, 段階的に, ステップごと, 順を追って, 根本原因, アーキテクチャ, 設計, 計算量, 最適化, 厳密, 反例, 批判的, 戦略, 実現可能性, 矛盾, 分散, 並行, 耐障害, 詳細に, 詳しく, 網羅, 仮説, 定理, シナリオ",
  ko: "증명, 유도, 트레이드오프, 단계별, 차근차근, 근본 원인, 아키텍처, 설계, 복잡도, 최적화, 엄밀, 반례, 비판적, 전략, 타당성, 모순, 분산, 동시성, 내결함성, 자세히, 상세, 심층, 포괄적, 가설, 정리하고 증명, 시나리오",
  tr: "kanitla*, ispatla*, turet, adim adim, mimari*, tasarla*, optimi*, strateji*, celiski*, ayrintili",
  nl: "bewijs, leid af, afweging*, stap voor stap, architectuur, ontwerp, optimaliseer, strategie, grondig",
});

/** Puzzles and dilemmas, which sound easy: each counts as a strong word. */
const PUZZLES = phrases({
  en: "knight and knave, truth teller*, always lies, liar, liars, lying, can we conclude, does it follow, follows that, necessarily, if all, all but one, riddle, paradox*, dilemma*, counterfactual*, weighings, fewest, minimum number of, maximum number of, in which order, in what order, sits next to, sit next to, left of, right of, switch doors, switches, prisoners, hats, river crossing, who owns, who did, fallacy, fallacies, flaw in, trolley problem, interacts with, interaction between, drug interaction*, dosage, sue, lawsuit, liable, inherit*, valuation, amortiz*, nash equilibri*, expected value, monty hall",
  de: "lugt, lugner, folgt daraus, ratsel, paradox*, dilemma*, zwangslaufig, wenn alle, wechselwirkung*, dosierung, verklagen, haftbar, erwartungswert, reihenfolge",
  fr: "ment, menteur*, enigme, paradoxe*, dilemme*, necessairement, si tous, interaction*, posologie, proces, esperance, dans quel ordre",
  es: "miente, mentiros*, acertijo, paradoja*, dilema*, necesariamente, si todos, interaccion*, dosis, demandar, valor esperado, en que orden",
  it: "mente, bugiard*, indovinello, paradoss*, dilemma, necessariamente, se tutti, interazion*, dosaggio, valore atteso, in che ordine",
  pt: "mente, mentiros*, enigma, paradox*, dilema*, necessariamente, se todos, interacao, dosagem, processar, valor esperado, em que ordem",
  pl: "klamie, klamc*, zagadk*, paradoks*, dylemat*, koniecznie, jesli wszystkie, interakcj*, dawk*, wartosc oczekiwana, w jakiej kolejnosci",
  ru: "лжет, лжец*, лжёт, загадк*, парадокс*, дилемм*, обязательно ли, если все, взаимодейств*, дозировк*, математическое ожидание, в каком порядке",
  zh: "说谎, 说真话, 谜题, 悖论, 两难, 一定是, 如果所有, 药物相互作用, 剂量, 起诉, 期望值, 顺序",
  ja: "嘘つき, うそつき, 謎, パラドックス, ジレンマ, 必ずしも, 相互作用, 投与量, 期待値, 順番",
  ko: "거짓말, 수수께끼, 역설, 딜레마, 반드시, 상호작용, 복용량, 기댓값, 순서",
  ar: "يكذب, كاذب, لغز, مفارقة, معضلة, بالضرورة, جرعة, القيمة المتوقعة",
  hi: "झूठ, पहेली, विरोधाभास, दुविधा, खुराक",
});

/** Each asks for thought, and two of them for a good deal. */
const WEAK = phrases({
  en: "compare, comparing, comparison, analyse, analyze, analysis, evaluate, assess, explain why, why does, why would, justify, argue, argument*, plan, planning, recommend, recommendation*, implication*, pros and cons, advantages and disadvantages, critique, investigate, diagnose, debug*, algorithm*, weigh, what if, consequence*, logic, deduce, infer, risk*, constraint*, bottleneck*, latency, throughput, model the, calculate, compute, solve, methodology, framework, stakeholder*, budget of, prioriti*, conflicting, clause*, contract, legal, diagnosis, tax, negotiat*, cost of, security, performance, review, requirement*, policy, mechanism*, phases, rollback, edge case*, assumptions, reasoning, reason about, show your work, explain your, cite, evidence, puzzle, interpret*",
  de: "vergleiche, vergleich, analysiere, analyse, bewerte, beurteile, begrunde*, begrundung, argument*, plane, plan, empfehl*, vor und nachteile, untersuche, algorithm*, abwage*, was ware wenn, folgen, logik*, schliesse, risik*, engpass*, berechne*, lose, methodik, priorisier*, klausel*, vertrag*, rechtlich*, steuer*, sicherheit, anforderung*, annahmen, begrundet",
  fr: "compare*, comparaison, analyse*, analyser, evalue*, evaluer, justifi*, argument*, planifi*, plan, recommand*, avantages et inconvenients, algorithm*, consequence*, logique, risque*, calcule*, resous, resoudre, methodologie, clause*, contrat, juridique*, fiscal*, securite, exigence*, pourquoi",
  es: "compara*, analiza*, analisis, evalua*, justific*, argument*, planific*, plan, recomien*, ventajas y desventajas, algoritm*, consecuencia*, logica, riesgo*, calcula*, resuelve, resolver, metodologia, clausula*, contrato, legal*, fiscal*, seguridad, requisito*, por que",
  it: "confronta*, analizza*, analisi, valuta*, giustific*, argoment*, pianific*, piano, raccomand*, vantaggi e svantaggi, algoritm*, conseguenz*, logica, risch*, calcola*, risolvi, metodologia, clausol*, contratto, legal*, fiscal*, sicurezza, requisit*, perche",
  pt: "compar*, analis*, avali*, justifi*, argument*, planej*, plano, recomend*, vantagens e desvantagens, algoritm*, consequencia*, logica, risco*, calcul*, resolv*, metodologia, clausula*, contrato, legal, legais, fiscal, seguranca, requisito*, por que",
  pl: "porownaj, porownanie, przeanalizuj, analiz*, ocen, uzasadnij, argument*, zaplanuj, plan, rekomend*, wady i zalety, zalety i wady, algorytm*, konsekwencj*, logik*, ryzyk*, oblicz, rozwiaz, metodologi*, klauzul*, umow*, prawn*, podatk*, bezpieczenstw*, wymagan*, dlaczego",
  ru: "сравни*, сравнение, проанализируй*, анализ*, оцени*, обоснуй*, обоснован*, аргумент*, спланируй*, план, рекоменд*, плюсы и минусы, преимущества и недостатки, алгоритм*, последстви*, логик*, риск*, вычисли*, рассчитай*, реши, решите, методолог*, договор*, юридическ*, налог*, безопасност*, требовани*, почему",
  ar: "قارن, مقارنة, حلل, تحليل, قيّم, قيم, برر, ناقش, خطط, خطة, أوص, مزايا وعيوب, خوارزمية, عواقب, منطق, مخاطر, احسب, حل, عقد, قانوني*, لماذا, متطلبات",
  hi: "तुलना, विश्लेषण, मूल्यांकन, औचित्य, तर्क, योजना, सिफारिश, फायदे और नुकसान, एल्गोरिदम, परिणाम, जोखिम, गणना, हल कीजिए, हल करें, अनुबंध, कानूनी, क्यों",
  zh: "比较, 对比, 分析, 评估, 评价, 论证, 理由, 规划, 计划, 推荐, 优缺点, 利弊, 算法, 后果, 逻辑, 风险, 计算, 求解, 解方程, 合同, 条款, 法律, 税, 安全, 需求, 为什么",
  ja: "比較, 分析, 評価, 根拠, 論じ, 計画, 推奨, 長所と短所, メリットとデメリット, アルゴリズム, 論理, リスク, 計算, 解いて, 契約, 条項, 法的, 税, セキュリティ, 要件, なぜ",
  ko: "비교, 분석, 평가, 근거, 논하, 논증, 계획, 추천, 장단점, 알고리즘, 논리, 위험, 리스크, 계산, 풀어, 계약, 조항, 법적, 세금, 보안, 요구사항, 왜",
  tr: "karsilastir*, analiz*, degerlendir*, gerekce*, planla*, algoritma*, risk*, hesapla*, neden",
  nl: "vergelijk*, analyse*, analyseer, beoordeel, onderbouw, plan, algoritme*, risico*, bereken, waarom",
});

const QUICK = phrases({
  en: "briefly, brief, quick, quickly, in short, short answer, simple, simply, one sentence, a sentence, two sentences, one line, one liner, tl dr, tldr, eli5, like i m five, in a few words, roughly, no explanation, without explanation, just tell me, basic, for a child, for kids, for a kid",
  de: "kurz, knapp, einfach, ein satz, einem satz, in stichworten, schnell, grob",
  fr: "brievement, bref, rapidement, une phrase, simplement, simple, en bref, court",
  es: "brevemente, breve, rapido, una frase, una oracion, simple, sencillo, en resumen",
  it: "brevemente, breve, una frase, semplice, semplicemente, in breve, rapido",
  pt: "brevemente, breve, rapido, uma frase, simples, em resumo, resumidamente",
  pl: "krotko, krotki, jednym zdaniem, jedno zdanie, prosto, szybko, w skrocie",
  ru: "кратко, коротко, одним предложением, одно предложение, просто, быстро, вкратце",
  ar: "باختصار, بإيجاز, جملة واحدة, ببساطة",
  hi: "संक्षेप में, एक वाक्य, सरल",
  zh: "简单, 简要, 简短, 一句话, 简洁",
  ja: "簡単に, 簡潔, 一文で, 一言, 手短",
  ko: "간단히, 간단하게, 짧게, 한 문장, 요약해서",
});

/** Words: what is that short seldom wants much, whatever verb it begins with. */
const SHORT = 8;

/**
 * How much thought is asked for: two for each strong word and each of a puzzle, one for each weak one, less one for each
 * that says to be quick and one where the message is short. From 0 up.
 */
export function reasoningOf(folded: string, words: number): number {
  const asked = 2 * (countOf(STRONG, folded) + countOf(PUZZLES, folded)) + countOf(WEAK, folded);
  if (asked === 0) return 0;
  const less = Math.min(2, countOf(QUICK, folded)) + (words < SHORT && asked < 4 ? 1 : 0);
  return Math.max(0, asked - less);
}
