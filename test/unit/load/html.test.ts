import { expect, test } from "vitest";
import { HtmlTokens } from "../../../src/rag/load/html-tokens.ts";
import { load, reasonOf, shown } from "./made.ts";

const page = (body: string) => load(`<!doctype html><body>${body}`);
const read = async (body: string) => shown(await page(body));

test("a page's blocks, in reading order", async () => {
  const blocks = await read(`
    <h1>Tea <em>and</em><br>more</h1>
    <p>Some&nbsp;text &amp; more,<br>on two lines.</p> loose text
    <ul><li>One<ul><li>Deeper</li></ul></li><li><p>Two</p><p>Still two</p></li></ul>
    <ol start=3><li>Three<li>Four</ol>
    <blockquote><p>Said.</p></blockquote>
    <pre><code>let a = 1;
  let b = 2;</code></pre>`);
  expect(blocks).toEqual([
    "h1 Tea and more",
    "paragraph Some text & more,\non two lines.",
    "paragraph loose text",
    "list_item One",
    "list_item Deeper",
    "list_item Two",
    "paragraph Still two",
    "list_item 3. Three",
    "list_item 4. Four",
    "quote Said.",
    "code let a = 1;\n  let b = 2;",
  ]);
});

test("tables are lines, the header first", async () => {
  const blocks = await read(`<table><caption>Cities</caption>
    <thead><tr><th>City<th>People</thead>
    <tr><td><b>Graz</b><td><p>300</p><p>000</p><tr><td>Linz<td></table>after`);
  expect(blocks).toEqual([
    "paragraph Cities",
    "table City | People\nGraz | 300 000\nLinz |",
    "paragraph after",
  ]);
});

test("a table that but arranges a page is none", async () => {
  const blocks = await read(`<table><tr><td>Menu</td><td><h1>Tea</h1><p>Text.</p>
    <table><tr><th>A<th>B<tr><td>1<td>2</table></td></tr></table>`);
  expect(blocks).toEqual(["paragraph Menu", "h1 Tea", "paragraph Text.", "table A | B\n1 | 2"]);
});

test("what nobody reads is left out", async () => {
  const blocks = await read(`<nav><ul><li>Home</nav><script>var a = "<p>no</p>";</script>
    <style>p { color: red }</style><noscript>no</noscript><template><p>no</p></template>
    <svg><text>no</text></svg><p hidden>no</p><div style="color: red; DISPLAY:none">no</div>
    <div aria-hidden="true"><div>no</div>no</div><!-- no <p>no</p> --><p>Yes<!-->.</p>
    <p title="a > b" data-x='<p>'>And this.</p>`);
  expect(blocks).toEqual(["paragraph Yes.", "paragraph And this."]);
});

test("elements that nobody closed end with what they stand in", async () => {
  expect(await read("<div><nav>no</div><p>One<p>Two</b></i><div>Three")).toEqual([
    "paragraph One",
    "paragraph Two",
    "paragraph Three",
  ]);
});

test("entities of all kinds are resolved", async () => {
  expect(
    await read("<p>&eacute;&#233;&#xE9;&#146;&hellip;&copy 2024 &nosuch; &lt;b&gt; a&b &#0;</p>"),
  ).toEqual(["paragraph ééé’…© 2024 &nosuch; <b> a&b \ufffd"]);
});

test("a page says what it is", async () => {
  const loaded = await load(`<html lang="en-GB"><head><title>Tea &amp; more</title>
    <meta name="author" content="Ada"><meta name="keywords" content="tea, pots">
    <meta property="article:published_time" content="2024-05-01T10:00:00+02:00">
    <meta name="description" content="About tea."></head><body><p>Text.</body></html>`);
  expect(loaded.facts).toEqual({
    title: "Tea & more",
    author: "Ada",
    language: "en-GB",
    created_at: "2024-05-01T08:00:00.000Z",
    modified_at: null,
    keywords: ["tea", "pots"],
  });
  expect(shown(loaded)).toEqual(["paragraph Text."]);
});

test("a page that a script makes has its description, or nothing", async () => {
  const described = await load(
    '<html><meta name=description content="About tea."><script>x()</script>',
  );
  expect(shown(described)).toEqual(["paragraph About tea."]);
  expect(await reasonOf(load("<html><script>x()</script></html>"))).toBe("empty");
});

test("a page in another encoding is read as it declares", async () => {
  const text = '<html><meta charset="iso-8859-1"><p>Grüße';
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  expect(shown(await load(bytes))).toEqual(["paragraph Grüße"]);
});

test("it does not matter where a page is cut", () => {
  const html =
    '<p a="1>2">Tea &amp; more</p><!-- no --><script>"</p>"</script><textarea>&lt;</textarea>x < y</p>';
  const tokensOf = (pieces: readonly string[]) => {
    const tokens = new HtmlTokens();
    const all = [...pieces.flatMap((piece) => [...tokens.push(piece)]), ...tokens.end()];
    return all
      .map((token) => (token.type === "text" ? token.text : `<${token.type} ${token.name}>`))
      .join("");
  };
  const whole = tokensOf([html]);
  expect(whole).toContain("Tea & more");
  for (let at = 1; at < html.length; at++)
    expect(tokensOf([html.slice(0, at), html.slice(at)])).toBe(whole);
  expect(tokensOf(html.split(""))).toBe(whole);
});

test("20 MB of scripts and inlined pictures around a paragraph are read", async () => {
  const script = `<script>${"var a = '<div>';\n".repeat(600_000)}</script>`;
  const picture = `<img alt="A pot" src="data:image/png;base64,${"A".repeat(9_000_000)}">`;
  expect(await read(`${script}<p>Text</p>${picture}`)).toEqual([
    "paragraph Text",
    "paragraph A pot",
  ]);
});

test.each([
  ["lists", "<ul><li>", "</li></ul>"],
  ["inline elements", "<b>", "</b>"],
  ["tables", "<table><tr><td>", "</td></tr></table>"],
  ["quotes", "<blockquote>", ""],
])("100,000 nested %s are read", async (_, open, close) => {
  const blocks = await read(`${open.repeat(100_000)}deep${close.repeat(100_000)}<p>after`);
  expect(blocks[0]).toContain("deep");
  expect(blocks.join(" ")).toContain("after");
});

test("markup that never ends is no text, and takes no time", async () => {
  expect(await read(`<p>Text</p><!--${"<p>".repeat(1_000_000)}`)).toEqual(["paragraph Text"]);
  expect(await read(`<p>Text</p><a href="${"x>".repeat(1_000_000)}`)).toEqual(["paragraph Text"]);
  expect((await read(`<p>${"<".repeat(1_000_000)}`))[0]?.length).toBeGreaterThan(1_000_000);
  expect((await read(`<p>a${"<b> </b>".repeat(500_000)}b`))[0]).toBe("paragraph a b");
});
