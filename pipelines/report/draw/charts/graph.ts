import { curveMonotoneX, line } from 'd3-shape'
import { html, type Html } from '../parts/html.ts'
import { place, type Spot } from './place.ts'
import { round } from './scales.ts'

/** A box of a graph. */
export interface GraphNode {
  readonly id: string
  readonly kind: string
  readonly name: string
  /** Address in the page; undefined for what has no page. */
  readonly to: string | undefined
}

interface GraphProps {
  readonly id: string
  readonly title: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  /** The node that the graph is about. */
  readonly about?: string | undefined
}

const height = 24
/** Of 12 px in a system font, on average. */
const letter = 6.9

const widthOf = ({ name }: GraphNode): number => Math.round(name.length * letter + 20)

/** What reads what, from left to right. */
export function LineageGraph({ id, title, nodes, edges, about }: GraphProps): Html {
  const known = new Set(nodes.map(node => node.id))
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to)
  const placed = place(
    nodes.map(node => ({ id: node.id, width: widthOf(node), height })),
    drawn,
  )
  const size = { width: placed.width, height: placed.height, viewBox: `0 0 ${placed.width} ${placed.height}` }
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
    <svg class="graph" role="group" aria-labelledby=${`${id}-t`} ...${size}>
      <title id=${`${id}-t`}>${title}</title>
      ${drawn.map(
        ({ from, to }, at) =>
          html`<path class="edge" data-from=${from} data-to=${to} d=${bend(placed.edges[at] ?? [])} />`,
      )}
      ${nodes.map(node => html`<${Box} node=${node} at=${placed.nodes.get(node.id)} isAbout=${node.id === about} />`)}
    </svg>
  </div>`
}

const curve = line<Spot>(
  ({ x }) => round(x),
  ({ y }) => round(y),
).curve(curveMonotoneX)

const bend = (points: readonly Spot[]): string =>
  curve([...points])?.replaceAll(/\d+\.\d+/g, one => String(round(Number(one)))) ?? ''

interface BoxProps {
  readonly node: GraphNode
  readonly at: Spot | undefined
  readonly isAbout: boolean
}

function Box({ node, at, isAbout }: BoxProps): Html {
  const width = widthOf(node)
  const corner = `translate(${round((at?.x ?? 0) - width / 2)} ${round((at?.y ?? 0) - height / 2)})`
  const box = html`<g class=${`node k-${node.kind}${isAbout ? ' about' : ''}`} data-node=${node.id} transform=${corner}>
    <rect width=${width} height=${height} rx="4" /><text x="10" y="16">${node.name}</text>
  </g>`
  return node.to === undefined ? box : html`<a href=${`#${node.to}`}>${box}</a>`
}
