// Vectors as rows: which segment an id is in, and how segments are filled, emptied and read. A caller
// is in a transaction where it writes. Memory is none of this file's business.
import { z } from "zod";
import type { Segment } from "./held-codes.ts";
import { encode } from "./int8-codes.ts";
import type { SegmentSql } from "./segment-tables.ts";
import type { VectorRecord } from "./vector-store.ts";

/** Of a segment. What is read for one vector is its whole segment: where they are long, fewer. */
const MOST_VECTORS = 64;
const LEAST_VECTORS = 8;
const SEGMENT_FLOATS = 16_384;
/** Ids that go into a statement: as JSON they are one value, and a value has an end. */
const IDS_AT_ONCE = 5000;

/** Vectors of a segment that are read one by one: SQLite reads a row's pages for each, and hands on less. */
const FEW = 4;

const idsSchema = z.array(z.string());

/** What a segment holds: ids, and their vectors one after another. */
type Contents = { ids: string[]; floats: Float32Array<ArrayBuffer> };

/** All that a namespace has, by their ids. */
export function segmentsOf(sql: SegmentSql, namespace: string): Map<number, Segment> {
  const rows = sql.each<Segment>(
    "SELECT id, stamp, part, collection, vectors FROM segments WHERE namespace = ?",
    namespace,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The codes of segments, in the order of `ids`, read as far as the caller goes. */
export function* codesOf(
  sql: SegmentSql,
  ids: readonly number[],
): Generator<{ id: number; codes: ArrayBuffer }> {
  for (const some of inBatches(ids))
    yield* sql.each<{ id: number; codes: ArrayBuffer }>(
      `SELECT s.id, s.codes FROM json_each(?) AS wanted CROSS JOIN segments AS s ON s.id = wanted.value`,
      JSON.stringify(some),
    );
}

/** Vectors by the segments they are in, and where in there. */
export function* vectorsAt(
  sql: SegmentSql,
  wanted: ReadonlyMap<number, readonly number[]>,
  dimensions: number,
): Generator<{ id: string; vector: Float32Array }> {
  const [many, few] = parted([...wanted], ([, places]) => places.length > FEW);
  for (const some of inBatches(many))
    for (const row of sql.each<{ id: number; ids: string; floats: ArrayBuffer }>(
      `SELECT s.id, s.ids, s.floats
       FROM json_each(?) AS wanted CROSS JOIN segments AS s ON s.id = wanted.value`,
      JSON.stringify(some.map(([id]) => id)),
    )) {
      const all = contentsOf(row);
      for (const place of wanted.get(row.id) ?? [])
        yield { id: all.ids[place] ?? "", vector: vectorOf(all, place) };
    }
  const bytes = dimensions * Float32Array.BYTES_PER_ELEMENT;
  for (const some of inBatches(few.flatMap(([id, places]) => places.map((place) => [id, place]))))
    for (const { id, floats } of sql.each<{ id: string; floats: ArrayBuffer }>(
      `SELECT s.ids ->> (wanted.value ->> 1) AS id,
         substr(s.floats, (wanted.value ->> 1) * ?1 + 1, ?1) AS floats
       FROM json_each(?2) AS wanted CROSS JOIN segments AS s ON s.id = wanted.value ->> 0`,
      bytes,
      JSON.stringify(some),
    ))
      yield { id, vector: new Float32Array(floats) };
}

/** Those of `ids` that are there, by the segments they are in. */
export function whereabouts(
  sql: SegmentSql,
  namespace: string,
  ids: readonly string[],
): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>();
  for (const some of inBatches(ids))
    for (const { id, segment } of sql.each<{ id: string; segment: number }>(
      `SELECT id, segment FROM segment_vectors
       WHERE namespace = ? AND id IN (SELECT value FROM json_each(?))`,
      namespace,
      JSON.stringify(some),
    )) {
      const among = found.get(segment);
      if (among === undefined) found.set(segment, new Set([id]));
      else among.add(id);
    }
  return found;
}

export function* read(
  sql: SegmentSql,
  places: ReadonlyMap<number, ReadonlySet<string>>,
): Generator<[id: string, vector: Float32Array]> {
  for (const [segment, wanted] of places) {
    const contents = contentsAt(sql, segment);
    for (const [index, id] of contents.ids.entries())
      if (wanted.has(id)) yield [id, vectorOf(contents, index).slice()];
  }
}

/** @param records of ids that differ */
export function put(
  sql: SegmentSql,
  namespace: string,
  records: readonly VectorRecord[],
  stamp: number,
): void {
  const ids = records.map(({ id }) => id);
  takeOut(sql, whereabouts(sql, namespace, ids), stamp);
  const groups = Map.groupBy(records, ({ part, collection }) => JSON.stringify([part, collection]));
  for (const group of groups.values()) append(sql, namespace, group, stamp);
}

/** @returns whether any of them was there */
export function remove(
  sql: SegmentSql,
  namespace: string,
  ids: readonly string[],
  stamp: number,
): boolean {
  const places = whereabouts(sql, namespace, ids);
  takeOut(sql, places, stamp);
  for (const some of inBatches(ids))
    sql.run(
      "DELETE FROM segment_vectors WHERE namespace = ? AND id IN (SELECT value FROM json_each(?))",
      namespace,
      JSON.stringify(some),
    );
  return places.size > 0;
}

/** @returns whether there was any of it */
export function removePart(sql: SegmentSql, namespace: string, part: string): boolean {
  const there = "SELECT 1 AS there FROM segments WHERE namespace = ? AND part = ?";
  if (sql.first(there, namespace, part) === null) return false;
  sql.run(
    `DELETE FROM segment_vectors WHERE namespace = ?1 AND id IN (
       SELECT one.value FROM segments AS s, json_each(s.ids) AS one
       WHERE s.namespace = ?1 AND s.part = ?2)`,
    namespace,
    part,
  );
  sql.run("DELETE FROM segments WHERE namespace = ? AND part = ?", namespace, part);
  return true;
}

/** What is left of a segment is closed up. Who is in which segment is for the caller to write down. */
function takeOut(
  sql: SegmentSql,
  places: ReadonlyMap<number, ReadonlySet<string>>,
  stamp: number,
): void {
  for (const [segment, gone] of places) {
    const all = contentsAt(sql, segment);
    const left = [...all.ids.keys()].filter((index) => !gone.has(all.ids[index] ?? ""));
    if (left.length === 0) {
      sql.run("DELETE FROM segments WHERE id = ?", segment);
      continue;
    }
    const dimensions = all.floats.length / all.ids.length;
    const floats = new Float32Array(left.length * dimensions);
    for (const [to, from] of left.entries()) floats.set(vectorOf(all, from), to * dimensions);
    rewrite(sql, segment, { ids: left.map((index) => all.ids[index] ?? ""), floats }, stamp);
  }
}

/** @param records of one part and collection */
function append(
  sql: SegmentSql,
  namespace: string,
  records: readonly VectorRecord[],
  stamp: number,
): void {
  const [first] = records;
  if (first === undefined) return;
  const { part, collection } = first;
  const most = capacity(first.values.length);
  let done = 0;
  const open = sql.first<{ id: number; vectors: number }>(
    `SELECT id, vectors FROM segments
     WHERE namespace = ? AND part = ? AND collection = ? AND vectors < ? LIMIT 1`,
    namespace,
    part,
    collection,
    most,
  );
  if (open !== null) {
    done = Math.min(most - open.vectors, records.length);
    const added = packed(records.slice(0, done));
    rewrite(sql, open.id, joined(contentsAt(sql, open.id), added), stamp);
    placed(sql, namespace, added.ids, open.id);
  }
  for (; done < records.length; done += most) {
    const { ids, floats } = packed(records.slice(done, done + most));
    const row = sql.first<{ id: number }>(
      `INSERT INTO segments (namespace, part, collection, stamp, vectors, ids, codes, floats)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      namespace,
      part,
      collection,
      stamp,
      ids.length,
      JSON.stringify(ids),
      encode(floats, first.values.length),
      floats.buffer,
    );
    if (row !== null) placed(sql, namespace, ids, row.id);
  }
}

function rewrite(sql: SegmentSql, segment: number, { ids, floats }: Contents, stamp: number): void {
  sql.run(
    "UPDATE segments SET stamp = ?, vectors = ?, ids = ?, codes = ?, floats = ? WHERE id = ?",
    stamp,
    ids.length,
    JSON.stringify(ids),
    encode(floats, floats.length / ids.length),
    floats.buffer,
    segment,
  );
}

function placed(sql: SegmentSql, namespace: string, ids: readonly string[], segment: number): void {
  sql.run(
    `INSERT INTO segment_vectors (namespace, id, segment)
     SELECT ?, value, ? FROM json_each(?) WHERE true
     ON CONFLICT (namespace, id) DO UPDATE SET segment = excluded.segment`,
    namespace,
    segment,
    JSON.stringify(ids),
  );
}

const capacity = (dimensions: number): number =>
  Math.max(LEAST_VECTORS, Math.min(MOST_VECTORS, Math.floor(SEGMENT_FLOATS / dimensions)));

function packed(records: readonly VectorRecord[]): Contents {
  const dimensions = records[0]?.values.length ?? 0;
  const floats = new Float32Array(records.length * dimensions);
  for (const [index, { values }] of records.entries()) floats.set(values, index * dimensions);
  return { ids: records.map(({ id }) => id), floats };
}

function joined(one: Contents, other: Contents): Contents {
  const floats = new Float32Array(one.floats.length + other.floats.length);
  floats.set(one.floats);
  floats.set(other.floats, one.floats.length);
  return { ids: [...one.ids, ...other.ids], floats };
}

function contentsAt(sql: SegmentSql, segment: number): Contents {
  const row = sql.first<{ ids: string; floats: ArrayBuffer }>(
    "SELECT ids, floats FROM segments WHERE id = ?",
    segment,
  );
  return row === null ? { ids: [], floats: new Float32Array() } : contentsOf(row);
}

function contentsOf({ ids, floats }: { ids: string; floats: ArrayBuffer }): Contents {
  return { ids: idsSchema.parse(JSON.parse(ids)), floats: new Float32Array(floats) };
}

/** A view. */
function vectorOf({ ids, floats }: Contents, index: number): Float32Array {
  const dimensions = floats.length / ids.length;
  return floats.subarray(index * dimensions, (index + 1) * dimensions);
}

function parted<T>(all: readonly T[], first: (one: T) => boolean): [T[], T[]] {
  return [all.filter(first), all.filter((one) => !first(one))];
}

function* inBatches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += IDS_AT_ONCE) yield all.slice(at, at + IDS_AT_ONCE);
}
