// The part of `npm run deploy` that makes the Vectorize index of knowledge, where there is none: a binding
// to an index that is not there fails a deployment. Runs nothing by itself.

/** As scripts/deploy.ts runs wrangler. */
export type Wrangler = {
  run: (args: string[]) => void;
  succeeds: (args: string[]) => boolean;
  /** What it wrote to its standard output; null where it failed. */
  output: (args: string[]) => string | null;
};

/** What queries filter by. An index knows them only of vectors that come after. */
const PROPERTIES = ["part", "collection"];

/** An index is made for vectors of one length, for good; its name says which. */
export const vectorizeIndexName = (dimensions: number): string =>
  `edgewise-knowledge-${dimensions}`;

/**
 * Makes what is missing, and leaves what is there.
 * @param warn hears of an index that may hold vectors which filters do not find
 */
export function makeVectorizeIndex(
  { run, succeeds, output }: Wrangler,
  dimensions: number,
  warn: (message: string) => void,
): void {
  const name = vectorizeIndexName(dimensions);
  const there = succeeds(["vectorize", "get", name]);
  if (!there) {
    const form = ["--dimensions", String(dimensions), "--metric", "cosine"];
    // Whether to bind it in wrangler.toml would be asked.
    run(["vectorize", "create", name, ...form, "--no-update-config"]);
  }
  const known = there
    ? propertiesOf(output(["vectorize", "list-metadata-index", name, "--json"]))
    : [];
  for (const property of PROPERTIES.filter((one) => !known.includes(one))) {
    const index = [`--propertyName=${property}`, "--type=string"];
    run(["vectorize", "create-metadata-index", name, ...index]);
    if (there)
      warn(
        `${name} had no metadata index of ${property}: what it held before is to be indexed anew`,
      );
  }
}

/** Of a list that cannot be read, none: making one that is there already fails, and says so. */
function propertiesOf(json: string | null): string[] {
  if (json === null) return [];
  // Wrangler may say something before the list.
  const listed: unknown = JSON.parse(json.slice(Math.max(0, json.indexOf("["))));
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: { propertyName?: unknown } | null) =>
    typeof one?.propertyName === "string" ? [one.propertyName] : [],
  );
}

/** What Vectorize has room for (its limits, November 2026). */
export const MOST_DIMENSIONS = 1536;

/** The indexes of knowledge in what `wrangler vectorize list --json` wrote, each by its vectors' length. */
export function indexNamesIn(json: string | null): number[] {
  if (json === null) return [];
  const names = json.matchAll(/"edgewise-knowledge-(\d+)"/g);
  return [...new Set([...names].map(([, dimensions]) => Number(dimensions)))].sort((a, b) => a - b);
}

/** The bindings of a wrangler.toml that has them: `VECTORS_<length>`. */
export function boundTo(dimensions: readonly number[]): string {
  return dimensions
    .map((length) =>
      [
        "[[vectorize]]",
        `binding = "VECTORS_${length}"`,
        `index_name = "${vectorizeIndexName(length)}"`,
        "remote = true",
        "",
      ].join("\n"),
    )
    .join("\n");
}
