import * as dagre from '@dagrejs/dagre'

/** A point of a drawing. */
export interface Spot {
  readonly x: number
  readonly y: number
}

/** Where everything of a graph lies. */
export interface Placed {
  readonly width: number
  readonly height: number
  /** The middle of each node. */
  readonly nodes: ReadonlyMap<string, Spot>
  /** The bends of each edge, in the order of the edges. */
  readonly edges: readonly (readonly Spot[])[]
}

/** The part of the library that is used: its own types do not resolve for a module. */
interface Library {
  readonly Graph: new () => {
    setGraph(options: object): void
    setDefaultEdgeLabel(label: () => object): void
    setNode(id: string, size: { readonly width: number; readonly height: number }): void
    setEdge(from: string, to: string): void
    graph(): { readonly width?: number; readonly height?: number }
    node(id: string): Spot
    edge(from: string, to: string): { readonly points: readonly Spot[] }
  }
  readonly layout: (graph: object) => void
}

/** Places the boxes of a graph from left to right. */
export function place(
  nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Placed {
  const { Graph, layout } = dagre as unknown as Library
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 6, ranksep: 48, marginx: 2, marginy: 2 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: new Map(nodes.map(({ id }) => [id, graph.node(id)])),
    edges: edges.map(({ from, to }) => graph.edge(from, to).points),
  }
}
