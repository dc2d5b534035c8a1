// Which of the conversations are listed: those with a tag, those that are over.
import type { Filters as Chosen } from "./api.ts";
import { listTags } from "./api.ts";
import { t } from "./strings/translate.ts";
import { useLoaded } from "./use-loaded.ts";

type Props = { filters: Chosen; onChange: (filters: Chosen) => void };

export function Filters({ filters, onChange }: Props) {
  const { loaded: tags, problem } = useLoaded(listTags);
  return (
    <div className="filters">
      <select
        aria-label={t("filter.tag")}
        value={filters.tag ?? ""}
        onChange={({ target }) => onChange({ ...filters, tag: target.value || null })}
      >
        <option value="">{t("filter.tag.any")}</option>
        {tags?.map((tag) => (
          <option key={tag}>{tag}</option>
        ))}
      </select>
      <select
        aria-label={t("filter.status")}
        value={filters.status ?? ""}
        onChange={({ target: { value } }) => {
          const status = value === "completed" || value === "archived" ? value : null;
          onChange({ ...filters, status });
        }}
      >
        <option value="">{t("filter.status.any")}</option>
        <option value="completed">{t("filter.status.completed")}</option>
        <option value="archived">{t("filter.status.archived")}</option>
      </select>
      {problem !== null && <p className="quiet">{problem}</p>}
    </div>
  );
}
