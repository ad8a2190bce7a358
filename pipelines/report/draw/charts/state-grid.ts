import { groupBy } from '../../model/group.ts'
import { html, type Html } from '../parts/html.ts'
import { stateClass, strokesOf } from '../parts/states.ts'

/** One day in a grid of states. */
export interface GridCell {
  readonly row: number
  readonly column: number
  readonly date: string
  readonly state: string
}

interface StateGridProps {
  /** Its id in the page, for its title. */
  readonly id: string
  readonly title: string
  readonly description: string
  readonly rows: number
  readonly columns: number
  readonly cells: readonly GridCell[]
  /** Width and height of a cell with its gap. */
  readonly size: number
  /** Above the first row: months. */
  readonly marks: readonly { readonly column: number; readonly text: string }[]
  /** By row: the source, for the script that shows what lies under the pointer. */
  readonly sources: readonly string[]
}

const head = 16

/**
 * States as a grid: one path a state for the cells, where neighbours of a row are one bar, and one for the marks in them. So
 * four hundred days take a few hundred bytes.
 */
export function StateGrid({
  id,
  title,
  description,
  rows,
  columns,
  cells,
  size,
  marks,
  sources,
}: StateGridProps): Html {
  const width = columns * size
  const height = head + rows * size
  const states = groupBy(cells, cell => cell.state)
  const [first] = cells
  return html`<svg
    class="grid"
    role="img"
    aria-labelledby=${`${id}-t ${id}-d`}
    width=${width}
    height=${height}
    viewBox=${`0 0 ${width} ${height}`}
    data-grid=${size}
    data-sources=${sources.join(' ')}
    data-first=${first === undefined ? undefined : dayOfColumnZero(first, rows, sources.length)}
    data-states=${sources.length === rows ? undefined : 'week'}
  >
    <title id=${`${id}-t`}>${title}</title>
    <desc id=${`${id}-d`}>${description}</desc>
    ${marks.map(mark => html`<text x=${mark.column * size} y="11">${mark.text}</text>`)}
    ${[...states].map(
      ([state, own]) => html`<path class=${stateClass(state)} data-state=${state} d=${bars(own, size)} />`,
    )}
    <path class="gaps" d=${gaps(rows, columns, size)} />
    ${[...states].map(([state, own]) => {
      const strokes = strokesOf(state)
      return strokes === ''
        ? null
        : html`<path class="marks" d=${own.map(cell => markAt(cell, size, strokes)).join('')} />`
    })}
  </svg>`
}

/** The day of the first column: of a row of days, or of a week that begins on Monday. */
function dayOfColumnZero({ row, column, date }: GridCell, rows: number, sources: number): string {
  const days = sources === rows ? column : column * 7 + row
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10)
}

/** Neighbours of a row are one bar. */
function bars(cells: readonly GridCell[], size: number): string {
  const sorted = [...cells].sort((a, b) => a.row - b.row || a.column - b.column)
  const found: { row: number; column: number; length: number }[] = []
  for (const { row, column } of sorted) {
    const last = found.at(-1)
    if (last?.row === row && last.column + last.length === column) last.length += 1
    else found.push({ row, column, length: 1 })
  }
  return found
    .map(bar => `M${bar.column * size} ${head + bar.row * size}h${bar.length * size}v${size}h-${bar.length * size}z`)
    .join('')
}

/** Lines of the background between the cells. */
function gaps(rows: number, columns: number, size: number): string {
  const down = Array.from({ length: columns + 1 }, (_, at) => `M${at * size} ${head}v${rows * size}`)
  const across = Array.from({ length: rows + 1 }, (_, at) => `M0 ${head + at * size}h${columns * size}`)
  return [...down, ...across].join('')
}

function markAt({ row, column }: GridCell, size: number, strokes: string): string {
  const middle = (size - 10) / 2
  return `M${column * size + middle} ${head + row * size + middle}${strokes}`
}
