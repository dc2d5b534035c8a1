// Numbers to reckon with, mathematics as it is written, and tables.
import { countOf, has, phrases } from "./reading.ts";

/** Numbers that name something: dates, times, years, versions, telephones, addresses, marks of lists. */
const NAMES =
  /\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|\bv?\d+\.\d+\.\d+(?:\.\d+)?\b|\+?\(?\d{2,4}\)?(?:[- ]\d{2,5}){2,}|\b\d{3}-\d{4}\b|#\d+|\b(?:1[5-9]|20)\d\d\b(?![.,]\d|\s*[*+×÷/%$€£]|\s*(?:dollars?|euros?|people|units?|km|kg))|^[ \t]*\d{1,2}[.)]\s|\b(?:chapter|section|page|step|version|question|room|flight|order|figure|article|level|grade|python|http|utf|iso|rfc|top|covid|mp|h|day|part|option|windows|ios|line|port|error)[- ]?\d+/gim;

/** Reckoned with only beside other numbers. */
const TIME = /\b\d{1,2}:\d{2}\b/g;

const NUMBER = /(?:\d[\d,. ]*\d|\d)/g;
const EXPRESSION =
  /\d\s?(?:[+*×÷^]|\*\*|−|\/|\bmod\b|-(?=\s?\d))\s?\(?[\d(]|\d\s?%\s?(?:of|von|de|di|от|z|का|من|の)|\b\d{1,12}\s?(?:plus|minus|times|divided by|mal|geteilt durch|fois|divise par|por|entre|per|diviso|vezes|razy|умножить|плюс|минус|गुणा)\s?\d|√\d|sqrt\s*\(?\d|\b\d{1,9}\s?(?:percent|per cent|prozent|pour ?cent|por ciento|per cento|por cento|procent|процент)/gi;

const RECKON = phrases({
  en: "how many, how much, how long, how far, how old, how fast, what time, total, in total, altogether, average, each, per, percent, sum of, product of, left, remain*, cost*, costs, price, profit, discount, tax, interest, compound*, speed, distance, ratio, twice, half, triple, double, split, share*, divided, probability, chance, rate, area of, volume, perimeter, convert, calculate, compute, budget, salary, afford, savings, mortgage, monthly, loan, tip, apart, older than, younger than, faster, km h, kmh, mph, meet, per hour",
  de: "wie viel, wie viele, wieviel, wie lange, wie weit, wie alt, insgesamt, gesamt, durchschnitt*, jeweils, jede, jeder, prozent, summe, kostet, kosten, preis, gewinn, rabatt, steuer, zinsen, zinseszins*, geschwindigkeit, strecke, verhaltnis, doppelt, halfte, wahrscheinlichkeit, berechne, flache, volumen, rechne, ubrig, kredit",
  fr: "combien, au total, moyenne, chacun, chaque, pourcent, pour cent, somme, coute, coutent, prix, remise, reduction, interet*, vitesse, distance, double, moitie, probabilite, calcule*, surface, volume, reste, pret",
  es: "cuanto, cuantos, cuanta, cuantas, en total, promedio, media, cada, por ciento, suma, cuesta, cuestan, precio, descuento, interes*, velocidad, distancia, doble, mitad, probabilidad, calcula, area, volumen, queda, quedan, prestamo",
  it: "quanto, quanti, quanta, quante, in totale, media, ciascuno, ogni, per cento, somma, costa, costano, prezzo, sconto, interess*, velocita, distanza, doppio, meta, probabilita, calcola, area, volume, rimane, rimangono, prestito",
  pt: "quanto, quantos, quanta, quantas, no total, ao todo, media, cada, por cento, soma, custa, custam, preco, desconto, juros, velocidade, distancia, dobro, metade, probabilidade, calcule, area, volume, resta, sobra, emprestimo",
  pl: "ile, lacznie, razem, srednia, srednio, kazdy, kazda, procent, suma, kosztuje, kosztuja, cena, rabat, odsetki, predkosc*, odleglosc, dwa razy, polowa, prawdopodobienstwo, oblicz, pole, objetosc, zostalo, kredyt",
  ru: "сколько, всего, итого, в среднем, средн*, кажд*, процент*, сумма, стоит, стоят, цена, скидк*, скорост*, расстояни*, вдвое, половин*, вероятност*, вычисли*, посчитай*, площад*, объем*, осталось, кредит*, км ч",
  ar: "كم, المجموع, إجمالي, متوسط, كل, بالمائة, في المئة, سعر, خصم, فائدة, سرعة, مسافة, نصف, ضعف, احتمال, احسب, مساحة, حجم",
  hi: "कितना, कितने, कितनी, कुल, औसत, प्रत्येक, प्रतिशत, कीमत, छूट, ब्याज, गति, चाल, दूरी, आधा, दोगुना, प्रायिकता, क्षेत्रफल, आयतन, बचे",
  zh: "多少, 一共, 总共, 平均, 每, 百分之, 价格, 折, 利息, 复利, 速度, 距离, 一半, 两倍, 概率, 面积, 体积, 剩, 计算, 多久",
  ja: "いくら, いくつ, 何個, 何人, 何分, 何時間, 合計, 全部で, 平均, それぞれ, パーセント, 値段, 割引, 利息, 速度, 時速, 距離, 半分, 倍, 確率, 面積, 体積, 残り, 計算",
  ko: "얼마, 몇, 모두, 총, 합계, 평균, 각각, 퍼센트, 가격, 할인, 이자, 속도, 시속, 거리, 절반, 두 배, 확률, 넓이, 부피, 남은, 남았, 계산",
});

/** Quantities in words, of which a word problem likes to hide one. */
const SPELLED = phrases({
  en: "two, three, four, five, six, seven, eight, nine, ten, dozen, twice, half, double, triple, third, quarter",
  de: "zwei, drei, vier, funf, sechs, sieben, acht, neun, zehn, dutzend, doppelt, halfte, drittel, viertel",
  fr: "deux, trois, quatre, cinq, six, sept, huit, dix, douzaine, double, moitie, tiers, quart",
  es: "dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, docena, doble, mitad",
});

/** How many quantities there are to reckon with; 0 where nothing asks for reckoning. */
export function arithmeticIn(raw: string, folded: string): number {
  if (!/[\d√]/.test(raw) && !has(SPELLED, folded)) return 0;
  const amounts = raw.replaceAll(NAMES, " ");
  const numbers = amounts.match(NUMBER)?.length ?? 0;
  const expressions = amounts.match(EXPRESSION)?.length ?? 0;
  if (expressions > 0) return Math.max(numbers, expressions + 1);
  const spelled = numbers > 0 ? countOf(SPELLED, folded) : 0;
  const times = numbers > 1 ? (raw.match(TIME)?.length ?? 0) : 0;
  const all = numbers + spelled + times;
  return all >= 2 && has(RECKON, folded) ? all : 0;
}

const NOTATION =
  /\\(?:frac|int|sum|sqrt|lim|begin\{|partial|alpha|beta|theta|mathbb|infty|leq|geq|cdot)|\$[^$\n\\^_=]{0,80}[\\^_=][^$\n]{0,80}\$|[∫∑∏√∂∇≤≥≠∈∀∃⊂⊆∞ℝℤℕ]|\b[a-z] ?\^ ?[\dn]|\b[a-z]²|\bO\([n1mk][^)\n]{0,12}\)|\b\d{0,6}[xyn]\s?[-+=]\s?\d{0,6}[xyn\d]/i;

const MATHEMATICS = phrases({
  en: "integral*, derivative*, differentiate, eigenvalue*, eigenvector*, matrix, matrices, theorem, lemma, polynomial*, quadratic, differential equation*, simultaneous equations, solve for, solve the equation, prime numbers, primes, modulo, irrational, converges, convergence, bijection, isomorphism, group theory, topolog*, geometric series, induction, bayes, standard deviation, variance, logarithm*, trigonometr*, vector space, linear algebra, calculus, combinatori*, permutation*, closed form, recurrence relation, upper bound, lower bound, p np, p vs np, p versus np, np complete*, np hard, conjecture*, riemann, sin x, cos x, tan x, ln x, log x",
  de: "integral, ableitung, eigenwert*, matrix, polynom*, quadratische, differentialgleichung*, gleichungssystem, primzahl*, irrational, konvergiert, konvergenz, induktion, standardabweichung, logarithm*, vektorraum, lineare algebra",
  fr: "integrale, derivee, valeur propre, valeurs propres, matrice, polynome*, equation*, nombres premiers, irrationnel*, converge, convergence, recurrence, ecart type, logarithm*, algebre",
  es: "integral, derivada, autovalor*, matriz, polinomi*, ecuacion*, numeros primos, irracional, converge, induccion, desviacion, logaritm*, algebra",
  it: "integrale, derivata, autovalor*, matrice, polinomi*, equazion*, numeri primi, irrazional*, converge, induzione, logaritm*, algebra",
  pt: "integral, derivada, autovalor*, matriz, polinomi*, equacao, equacoes, numeros primos, irracional, converge, inducao, logaritm*, algebra",
  pl: "calka, calke, pochodna, pochodna, macierz*, wielomian*, rownani*, liczb pierwszych, liczby pierwsze, niewymiern*, zbiezn*, indukcj*, logarytm*",
  ru: "интеграл*, производн*, матриц*, многочлен*, уравнени*, простых чисел, иррациональн*, сходит*, сходимост*, индукци*, логарифм*",
  ar: "تكامل, مشتقة, مصفوفة, معادلة, كثيرة الحدود, عدد أولي, الأعداد الأولية, غير نسبي",
  hi: "समाकलन, अवकलज, आव्यूह, समीकरण, बहुपद, अभाज्य, अपरिमेय",
  zh: "积分, 导数, 矩阵, 特征值, 方程, 多项式, 素数, 质数, 无理数, 收敛, 归纳法, 对数",
  ja: "積分, 微分, 行列, 固有値, 方程式, 多項式, 素数, 無理数, 収束, 帰納法, 対数",
  ko: "적분, 미분, 행렬, 고유값, 방정식, 다항식, 소수, 무리수, 수렴, 귀납법, 로그",
});

export const isMathematics = (raw: string, folded: string): boolean =>
  NOTATION.test(raw) || has(MATHEMATICS, folded);

/** Rows of a table in Markdown, or of cells apart by tabs. */
export const tableRowsIn = (raw: string): number =>
  raw.match(/^[ \t]*\|.+\||^[^\t\n]+\t[^\t\n]+\t.+$/gm)?.length ?? 0;
