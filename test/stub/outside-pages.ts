// What the server outside has to give: a page, a text, a PDF, a picture. Tests import it to know what
// they fetched; nothing here needs Node.

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The lighthouse keeper's handbook</title>
<meta name="author" content="Mara Lindqvist">
<script>document.title = "a script has run";</script>
<style>p { color: #333; }</style>
</head>
<body>
<nav><a href="/">Home</a> <a href="/notes.txt">Notes</a></nav>
<main>
<h1>The lighthouse keeper's handbook</h1>
<h2>The lamp</h2>
<p>The lamp burns rapeseed oil and is lit at sunset. Its wick is trimmed every four hours.</p>
<h2>The fog signal</h2>
<p>In fog the horn sounds twice every ninety seconds.</p>
<table>
<tr><th>Month</th><th>Hours of fog</th></tr>
<tr><td>January</td><td>112</td></tr>
<tr><td>July</td><td>9</td></tr>
</table>
</main>
</body>
</html>
`;

export const NOTES = `Notes of the keeper

The stairs have 217 steps. The spare lens is kept in the cellar, behind the coal.
The supply boat comes on the first Tuesday of the month – weather permitting.
`;

const REPORT_TEXT = "The annual report counts 4211 ships.";

/** A PDF of one page that says REPORT_TEXT. */
export const REPORT: Uint8Array = pdfSaying(REPORT_TEXT);

/** A PNG of one pixel. */
export const PICTURE: Uint8Array = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  ),
  (character) => character.charCodeAt(0),
);

/** The five objects that a page of text needs, and where each begins (ISO 32000-1, 7.5). */
function pdfSaying(text: string): Uint8Array {
  const content = `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const begins = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = begins.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return new TextEncoder().encode(file);
}
