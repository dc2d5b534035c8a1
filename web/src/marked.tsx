// A snippet of a search: escaped text with <mark> around what was found, as elements. Whatever else
// looks like markup in it is text.
import { createElement, Fragment } from "react";

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

const unescape = (text: string) =>
  text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => NAMED[name] ?? whole);

export function Marked({ html }: { html: string }) {
  // Marks never nest: what stands at odd places was inside one.
  const pieces = html.split(/<\/?mark>/).map(unescape);
  const shown = pieces.map((text, at) => (at % 2 === 1 ? createElement("mark", null, text) : text));
  return createElement(Fragment, null, ...shown);
}
