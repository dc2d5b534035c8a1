// The turn as data: nodes, edges, conditional edges, one error edge. A later node (tools, a
// guard) is one more entry; the drawing in docs/architecture.md is made from this value.
import { assemble } from "./assemble.ts";
import { clarify } from "./clarify.ts";
import { generate } from "./generate.ts";
import { postprocess } from "./postprocess.ts";
import { preprocess } from "./preprocess.ts";
import { recall } from "./recall.ts";
import { recover } from "./recover.ts";
import { retrieve } from "./retrieve.ts";
import { isUnanswerable, unanswered } from "./unanswered.ts";
import type { Node, TurnState } from "./state.ts";

export type NodeName =
  | "preprocess"
  | "recall"
  | "clarify"
  | "retrieve"
  | "unanswered"
  | "assemble"
  | "generate"
  | "postprocess"
  | "recover";

type Edge =
  | NodeName
  | "end"
  | { among: Record<string, NodeName>; choose: (state: TurnState) => string };

export type Graph = {
  start: NodeName;
  nodes: Record<NodeName, Node>;
  edges: Record<NodeName, Edge>;
  /** Where a node that throws leads. */
  onError: NodeName;
};

export const turnGraph: Graph = {
  start: "preprocess",
  nodes: {
    preprocess,
    recall,
    clarify,
    retrieve,
    unanswered,
    assemble,
    generate,
    postprocess,
    recover,
  },
  edges: {
    preprocess: {
      among: { "in a conversation": "recall", "brings its own history": "retrieve" },
      choose: (state) => (state.messages === null ? "in a conversation" : "brings its own history"),
    },
    recall: {
      among: { "it is clear": "retrieve", "it is not": "clarify" },
      choose: (state) => (state.clarifies === null ? "it is clear" : "it is not"),
    },
    clarify: "postprocess",
    retrieve: {
      among: { "there is something to say": "assemble", "documents say nothing": "unanswered" },
      choose: (state) =>
        isUnanswerable(state) ? "documents say nothing" : "there is something to say",
    },
    unanswered: "postprocess",
    assemble: "generate",
    generate: "postprocess",
    postprocess: "end",
    recover: "end",
  },
  onError: "recover",
};

/** The node after `from`; "end" where there is none. */
export function nextNode(graph: Graph, from: NodeName, state: TurnState): NodeName | "end" {
  const edge = graph.edges[from];
  if (typeof edge === "string") return edge;
  const next = edge.among[edge.choose(state)];
  if (next === undefined) throw new Error(`the edge from ${from} chose a way that is not there`);
  return next;
}

/** Whether every edge leads to a node that is there. */
export function isWhole(graph: Graph): boolean {
  const targets = Object.values(graph.edges).flatMap((edge) =>
    typeof edge === "string" ? [edge] : Object.values(edge.among),
  );
  return [graph.start, graph.onError, ...targets].every((to) => to === "end" || to in graph.nodes);
}

/** The graph as Mermaid. */
export function drawGraph(graph: Graph): string {
  const lines = ["flowchart LR", `  start([start]) --> ${graph.start}`];
  for (const [from, edge] of Object.entries(graph.edges)) {
    if (edge === "end") lines.push(`  ${from} --> finish([end])`);
    else if (typeof edge === "string") lines.push(`  ${from} --> ${edge}`);
    else
      for (const [when, to] of Object.entries(edge.among))
        lines.push(`  ${from} -- ${when} --> ${to}`);
    if (from !== graph.onError) lines.push(`  ${from} -. error .-> ${graph.onError}`);
  }
  return lines.join("\n");
}
