// Markdown as elements. What a model wrote is not trusted: no HTML, links leave in a new tab and
// take nothing along, and images are links, since loading one would tell its host what is in its
// address. Footnotes are not links: their names would meet those of other answers.
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Cited } from "./knowledge/cited.tsx";
import { citing } from "./knowledge/marks.ts";
import { t } from "./strings/translate.ts";

const plugins = [remarkGfm, citing];
const footnotes = { footnoteLabel: t("answer.footnotes") };

const outside = { target: "_blank", rel: "noopener noreferrer nofollow" };

const components: Components = {
  a({ href, title, children, ...rest }) {
    if ("data-footnote-backref" in rest) return null;
    if (href?.startsWith("#") === true) return <>{children}</>;
    return (
      <a href={href} title={title} {...outside}>
        {children}
      </a>
    );
  },
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} {...outside}>
      {t("message.image", { alt: alt ?? "" })}
    </a>
  ),
  sup({ node, children }) {
    const { dataMark: mark, dataAt: at } = node?.properties ?? {};
    if (typeof mark !== "string" || typeof at !== "number") return <sup>{children}</sup>;
    return <Cited mark={mark} at={at} />;
  },
  table: ({ children }) => (
    <div className="wide">
      <table>{children}</table>
    </div>
  ),
};

export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown" dir="auto">
      <ReactMarkdown
        remarkPlugins={plugins}
        remarkRehypeOptions={footnotes}
        components={components}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}
