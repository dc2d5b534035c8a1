// What was found: each hit opens its conversation, at its message.
import type { Hit } from "./api.ts";
import { Marked } from "./marked.tsx";
import { t } from "./strings/translate.ts";
import { pathOf, type Route } from "./use-route.ts";
import type { Search } from "./use-search.ts";

type Props = { search: Search; onOpen: Route["go"] };

export function SearchResults({ search: { hits, more, problem, loadMore }, onOpen }: Props) {
  if (problem !== null)
    return (
      <p className="quiet" role="status">
        {problem}
      </p>
    );
  return (
    <>
      <p className="quiet" role="status">
        {hits === null ? t("search.working") : hits.length === 0 && t("search.none")}
      </p>
      <ul className="hits" aria-label={t("search.results")}>
        {hits?.map((hit) => (
          <li key={`${hit.conversation_id} ${hit.message_id}`}>
            <HitLink hit={hit} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {more && (
        <button className="more" onClick={() => void loadMore() /* shows its own failure */}>
          {t("list.more")}
        </button>
      )}
    </>
  );
}

function HitLink({ hit, onOpen }: { hit: Hit; onOpen: Route["go"] }) {
  const { conversation_id, conversation_title, message_id, role, snippet, created_at } = hit;
  const who = role === "user" ? t("message.you") : t("message.answer");
  const when = new Date(created_at).toLocaleDateString(undefined, { dateStyle: "medium" });
  return (
    <a
      href={pathOf(conversation_id, message_id)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(conversation_id, message_id);
      }}
    >
      {role === "title" ? (
        <strong className="snippet" dir="auto">
          <Marked html={snippet} />
        </strong>
      ) : (
        <>
          <strong dir="auto">{conversation_title ?? t("list.untitled")}</strong>
          <span className="snippet" dir="auto">
            <Marked html={snippet} />
          </span>
        </>
      )}
      <small>{role === "title" ? when : `${who} · ${when}`}</small>
    </a>
  );
}
