// What an installation should reach (seed 003 §6.1), and whether it does.

export type Figures = {
  precision_at_5: number | null;
  recall_at_10: number | null;
  context_relevance: number | null;
  faithfulness: number | null;
  answer_relevance: number | null;
  groundedness: number | null;
  latency_p95_ms: number | null;
};

const TARGETS: readonly { metric: keyof Figures; target: number; better: "higher" | "lower" }[] = [
  { metric: "precision_at_5", target: 0.7, better: "higher" },
  { metric: "recall_at_10", target: 0.8, better: "higher" },
  { metric: "context_relevance", target: 0.8, better: "higher" },
  { metric: "faithfulness", target: 0.9, better: "higher" },
  { metric: "answer_relevance", target: 0.85, better: "higher" },
  { metric: "groundedness", target: 0.95, better: "higher" },
  { metric: "latency_p95_ms", target: 2_000, better: "lower" },
];

/** `met`: null where nothing was measured. */
export function againstTargets(figures: Figures) {
  return TARGETS.map(({ metric, target, better }) => {
    const value = figures[metric];
    const met = value === null ? null : better === "higher" ? value > target : value < target;
    return { metric, target, better, value, met };
  });
}

/** By nearest rank; null of nothing. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Of those that are known; null where none is. */
export function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
