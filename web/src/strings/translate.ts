// Looks up what the page says. One catalogue for now; another language is another object of its shape.
import { en } from "./en.ts";

type Key = keyof typeof en;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
type Values<K extends Key> =
  Names<(typeof en)[K]> extends never ? [] : [Record<Names<(typeof en)[K]>, string | number>];

export function t<K extends Key>(key: K, ...[values]: Values<K>): string {
  const known: Record<string, string | number> = values ?? {};
  return en[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(known[name] ?? whole));
}
