// What the operating system knows of a process: its CPU time, its memory, its children. Linux only;
// elsewhere every answer is null, and the figures that need one are left out.
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ: what /proc counts in, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
const PAGE_KB = 4;

/** User and system time of a process so far, in milliseconds. */
export function cpuTime(pid: number): number | null {
  const fields = stat(pid);
  if (fields === null) return null;
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
}

/** Resident memory of a process, in KB. */
export function residentMemory(pid: number): number | null {
  const fields = stat(pid);
  return fields === null ? null : Number(fields[21]) * PAGE_KB;
}

/** The workerd processes below `pid`, at any depth. */
export function workerdsBelow(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readProc()) {
    const parent = Number(stat(entry)?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), entry]);
  }
  const found: number[] = [];
  for (const queue = [pid]; ;) {
    const next = queue.shift();
    if (next === undefined) return found;
    const below = children.get(next) ?? [];
    queue.push(...below);
    found.push(...below.filter((child) => name(child) === "workerd"));
  }
}

function readProc(): number[] {
  try {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number);
  } catch {
    return [];
  }
}

/** The fields of /proc/<pid>/stat from the third (the state) on: the second may contain spaces. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function name(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
