// The tree of messages, as branches. A message lies on one branch, at one depth; where a message gets
// a second child a branch begins. The active path is a few stretches of branches, so that editing the
// first of ten thousand messages writes a row or two. While there is one branch, nothing is stored.
import type { Sql } from "../store/sql.ts";
import type { ConversationRecord } from "./record.ts";

/** The depth through which the last stretch of the path runs. */
const NO_END = 2 ** 31;

type Branch = {
  n: number;
  parent: number | null;
  parent_seq: number | null;
  from_depth: number;
  first_seq: number;
  leaf_seq: number;
  leaf_depth: number;
  left_at: number;
};

type Stretch = { branch: number; from_depth: number; through_depth: number };

/** Where a message is. */
export type Place = { seq: number; branch: number; depth: number };

/** What of the conversation's row says where it ends. */
type Leaf = Pick<
  ConversationRecord,
  "branch" | "last_branch" | "leaf_seq" | "leaf_depth" | "version"
>;

const FIRST_BRANCH = { n: 0, parent: null, parent_seq: null, from_depth: 0, left_at: 0 } as const;

function readBranch(sql: Sql, n: number): Branch | null {
  return sql.first<Branch>("SELECT * FROM branches WHERE n = ?", n);
}

/** The way from a place up to the beginning, in stretches. */
export function* upward(
  sql: Sql,
  { branch, depth }: Pick<Place, "branch" | "depth">,
): Generator<Stretch> {
  let through_depth = depth;
  let n = branch;
  while (through_depth >= 0) {
    const at = n === 0 ? FIRST_BRANCH : readBranch(sql, n);
    if (at === null) throw new Error(`branch ${n} is missing`);
    // One may come from above the branch, from what its first message follows.
    if (through_depth >= at.from_depth)
      yield { branch: n, from_depth: at.from_depth, through_depth };
    if (at.parent === null) return;
    n = at.parent;
    through_depth = Math.min(through_depth, at.from_depth - 1);
  }
}

/** Whether `place` lies on the way from `from` up to the beginning. */
export function isAbove(
  sql: Sql,
  place: Pick<Place, "branch" | "depth">,
  from: Pick<Place, "branch" | "depth">,
): boolean {
  for (const stretch of upward(sql, from)) {
    if (stretch.branch === place.branch) return place.depth <= stretch.through_depth;
    if (stretch.from_depth <= place.depth) return false;
  }
  return false;
}

/**
 * The branch on which a message goes that follows `parent` (null: that begins the conversation): the
 * parent's, where that ends there; else a new one.
 * @returns null for a new branch
 */
export function branchAfter(sql: Sql, leaf: Leaf, parent: Place | null): number | null {
  if (parent === null) return leaf.leaf_seq === null && leaf.last_branch === 0 ? 0 : null;
  if (parent.branch === leaf.branch) return parent.seq === leaf.leaf_seq ? leaf.branch : null;
  return readBranch(sql, parent.branch)?.leaf_seq === parent.seq ? parent.branch : null;
}

/** Begins a branch below `parent`, whose first message is `first_seq`. */
export function growBranch(
  sql: Sql,
  leaf: Leaf,
  parent: Place | null,
  first_seq: number,
): { branch: number; last_branch: number } {
  if (leaf.last_branch === 0) {
    insertBranch(sql, {
      ...FIRST_BRANCH,
      first_seq: 0,
      leaf_seq: leaf.leaf_seq ?? 0,
      leaf_depth: leaf.leaf_depth,
    });
    sql.run("INSERT INTO path VALUES (0, 0, ?)", NO_END);
  }
  const n = leaf.last_branch + 1;
  const from_depth = (parent?.depth ?? -1) + 1;
  insertBranch(sql, {
    n,
    parent: parent?.branch ?? null,
    parent_seq: parent?.seq ?? null,
    from_depth,
    first_seq,
    leaf_seq: first_seq,
    leaf_depth: from_depth,
    left_at: 0,
  });
  return { branch: n, last_branch: n };
}

function insertBranch(sql: Sql, it: Branch): void {
  sql.run(
    "INSERT INTO branches (n, parent, parent_seq, from_depth, first_seq, leaf_seq, leaf_depth, left_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    it.n,
    it.parent,
    it.parent_seq,
    it.from_depth,
    it.first_seq,
    it.leaf_seq,
    it.leaf_depth,
    it.left_at,
  );
}

/** Notes of the branch that is about to be left where it ends, and when it was left. */
function leave(sql: Sql, { branch, leaf_seq, leaf_depth, version }: Leaf): void {
  sql.run(
    "UPDATE branches SET leaf_seq = ?, leaf_depth = ?, left_at = ? WHERE n = ?",
    leaf_seq,
    leaf_depth,
    version,
    branch,
  );
}

/**
 * Leads the active path to the end of `branch`; of what it leaves the end is remembered. Reads and
 * writes the stretches in which the two paths differ, no messages.
 */
export function leadTo(sql: Sql, leaf: Leaf, branch: number): void {
  if (branch === leaf.branch) return;
  if (leaf.leaf_seq !== null) leave(sql, leaf);
  const stretches: Stretch[] = [];
  // A path that begins with another first message shares nothing with the one before.
  let shared = -1;
  for (const stretch of upward(sql, { branch, depth: NO_END })) {
    const { from_depth, through_depth } = stretch;
    const known = sql.first(
      "SELECT 1 AS one FROM path WHERE from_depth = ? AND branch = ?",
      from_depth,
      stretch.branch,
    );
    if (known !== null) {
      sql.run("UPDATE path SET through_depth = ? WHERE from_depth = ?", through_depth, from_depth);
      shared = from_depth;
      break;
    }
    stretches.push(stretch);
  }
  sql.run("DELETE FROM path WHERE from_depth > ?", shared);
  for (const it of stretches)
    sql.run("INSERT INTO path VALUES (?, ?, ?)", it.from_depth, it.branch, it.through_depth);
}

/**
 * The branch at whose end one comes to through `place`: the one that is shown, else of all that lead
 * through it the one that was left last. Reads the branches below that place.
 */
export function branchThrough(sql: Sql, leaf: Leaf, place: Place): number {
  if (isAbove(sql, place, { branch: leaf.branch, depth: leaf.leaf_depth })) return leaf.branch;
  const last = sql.first<{ n: number }>(
    `WITH RECURSIVE through (n, left_at) AS (
       SELECT n, left_at FROM branches WHERE n = ?1
       UNION ALL SELECT n, left_at FROM branches WHERE parent = ?1 AND from_depth > ?2
       UNION ALL SELECT b.n, b.left_at FROM through AS t JOIN branches AS b ON b.parent = t.n
         WHERE t.n <> ?1)
     SELECT n FROM through ORDER BY left_at DESC, n DESC LIMIT 1`,
    place.branch,
    place.depth,
  );
  return last?.n ?? place.branch;
}

/** Where a branch ends that is not the active one. */
export function endOf(sql: Sql, branch: number): { leaf_seq: number; leaf_depth: number } {
  const found = readBranch(sql, branch);
  if (found === null) throw new Error(`branch ${branch} is missing`);
  return found;
}

/** The message at a depth of a branch; null where there is none. */
export function childAt(sql: Sql, branch: number, depth: number): number | null {
  return (
    sql.first<{ seq: number }>(
      "SELECT seq FROM messages WHERE branch = ? AND depth = ?",
      branch,
      depth,
    )?.seq ?? null
  );
}

/**
 * For each of `parents` (null: of what begins the conversation) that has more than one child, those
 * children in the order in which they came.
 */
export function childrenOf(
  sql: Sql,
  parents: readonly (number | null)[],
): Map<number | null, number[]> {
  const children = new Map<number | null, number[]>();
  if (parents.length === 0) return children;
  const rows = sql.all<Pick<Branch, "parent" | "parent_seq" | "from_depth" | "first_seq">>(
    `SELECT parent, parent_seq, from_depth, first_seq FROM branches
     WHERE parent_seq IN (SELECT value FROM json_each(?1)) OR (?2 AND parent_seq IS NULL AND n > 0)
     ORDER BY n`,
    JSON.stringify(parents.filter((seq) => seq !== null)),
    parents.includes(null) ? 1 : 0,
  );
  for (const row of rows) {
    const known = children.get(row.parent_seq);
    if (known !== undefined) known.push(row.first_seq);
    else {
      const eldest = childAt(sql, row.parent ?? 0, row.from_depth);
      children.set(row.parent_seq, [...(eldest === null ? [] : [eldest]), row.first_seq]);
    }
  }
  return children;
}
