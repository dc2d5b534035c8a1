// The rules of Vectorize's metadata filters, as documented:
// developers.cloudflare.com/vectorize/reference/metadata-filtering (read in November 2026).

export type Scalar = string | number | boolean;
type Value = Scalar | null;
type Condition = Value | { [operator: string]: Value | Value[] | undefined };
export type Filter = { [field: string]: Condition };

const MOST_FILTER_BYTES = 2048;
const MOST_KEY_CHARS = 512;
/** "vectors are filterable on the first 64B of their value", cut between characters. */
const INDEXED_BYTES = 64;
const LOWER = new Set(["$gt", "$gte"]);
const UPPER = new Set(["$lt", "$lte"]);
const OPERATORS = new Set(["$eq", "$ne", "$in", "$nin", ...LOWER, ...UPPER]);

const encoder = new TextEncoder();

/** What an index keeps of a value. */
export function indexedValue(value: Scalar): Scalar {
  if (typeof value !== "string") return value;
  let kept = "";
  let bytes = 0;
  for (const character of value) {
    bytes += encoder.encode(character).length;
    if (bytes > INDEXED_BYTES) break;
    kept += character;
  }
  return kept;
}

/** @throws of what Vectorize refuses */
export function checkFilter(filter: Filter): void {
  const fields = Object.entries(filter);
  if (fields.length === 0) throw new Error("VECTOR_QUERY_ERROR: filter must be a non-empty object");
  const bytes = encoder.encode(JSON.stringify(filter)).length;
  if (bytes >= MOST_FILTER_BYTES)
    throw new Error(`VECTOR_QUERY_ERROR: filter must be less than 2048 bytes, got ${bytes}`);
  for (const [field, condition] of fields) {
    const bad = field === "" || /["|]/.test(field) || field.startsWith("$");
    if (bad || field.length > MOST_KEY_CHARS)
      throw new Error(`VECTOR_QUERY_ERROR: filter has an invalid key: ${field}`);
    if (typeof condition === "object" && condition !== null) checkOperators(condition);
  }
}

function checkOperators(condition: { [operator: string]: Value | Value[] | undefined }): void {
  const operators = Object.keys(condition);
  const range =
    operators.length === 2 &&
    operators.some((operator) => LOWER.has(operator)) &&
    operators.some((operator) => UPPER.has(operator));
  if (operators.length !== 1 && !range)
    throw new Error("VECTOR_QUERY_ERROR: only a lower and an upper bound can be combined");
  for (const [operator, operand] of Object.entries(condition)) {
    if (!OPERATORS.has(operator))
      throw new Error(`VECTOR_QUERY_ERROR: filter has an unknown operator: ${operator}`);
    const listed = operator === "$in" || operator === "$nin";
    if (listed !== Array.isArray(operand))
      throw new Error(`VECTOR_QUERY_ERROR: ${operator} with a value of the wrong kind`);
    // Undocumented; nothing should rely on it.
    if (Array.isArray(operand) && operand.length === 0)
      throw new Error(`VECTOR_QUERY_ERROR: ${operator} of nothing`);
    const ordered = LOWER.has(operator) || UPPER.has(operator);
    if (ordered && typeof operand !== "string" && typeof operand !== "number")
      throw new Error(`VECTOR_QUERY_ERROR: ${operator} takes a string or a number`);
  }
}

/** @param indexed what the metadata indexes have of a vector; what they have not does not match, whatever is asked */
export function passes(filter: Filter, indexed: ReadonlyMap<string, Scalar>): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    const value = indexed.get(field);
    if (value === undefined) return false;
    if (typeof condition !== "object" || condition === null) return value === condition;
    return Object.entries(condition).every(([operator, operand]) =>
      holds(operator, value, operand),
    );
  });
}

function holds(operator: string, value: Scalar, operand: Value | Value[] | undefined): boolean {
  if (Array.isArray(operand)) return operand.includes(value) === (operator === "$in");
  if (operator === "$eq") return value === operand;
  if (operator === "$ne") return value !== operand;
  if (operand === undefined || operand === null || typeof operand !== typeof value) return false;
  if (operator === "$lt") return value < operand;
  if (operator === "$lte") return value <= operand;
  if (operator === "$gt") return value > operand;
  return value >= operand;
}
