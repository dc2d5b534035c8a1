export type Strictness = "words" | "meaning";
export function mayStandFor(asked: string, kept: string, _strictness: Strictness): boolean {
  return asked === kept;
}
