// A picture of the table that bench/bi.ts prints: the times of some questions against the days of history, as SVG.
//
//   node --import=tsx --conditions=caseload-src bench/chart.ts results.md docs/marts-growth.svg
import { readFileSync, writeFileSync } from 'node:fs'
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'

interface Series {
  readonly label: string
  readonly color: string
  readonly isDashed: boolean
  /** Days and milliseconds. */
  readonly points: readonly (readonly [number, number])[]
}

const [, , from, to] = process.argv
if (from === undefined || to === undefined) {
  process.stderr.write('Expected two files: the output of bench/bi.ts, and the picture to write.\n')
  process.exit(2)
}

const rows = readFileSync(from, 'utf8')
  .split('\n')
  .filter(text => text.startsWith('|'))
  .map(text =>
    text
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
const days = numbers(/([\d /]+) days/.exec(rows[0]?.[2] ?? '')?.[1] ?? '')

function numbers(cell: string): readonly number[] {
  return cell.split('/').map(Number)
}

function series(name: string, column: 1 | 2, label: string, color: string): readonly Series[] {
  const cell = rows.find(row => row[0] === name)?.[column] ?? ''
  if (cell === '') return []
  const points = numbers(cell).map((value, no) => [days[no] ?? NaN, value] as const)
  return [{ label, color, isDashed: column === 1, points }]
}

const lines = [
  ...series('one drug', 1, 'one drug, live view', '#1f6feb'),
  ...series('one drug', 2, 'one drug, mart', '#1f6feb'),
  ...series('one patient', 1, 'one patient, live view', '#8250df'),
  ...series('one patient', 2, 'one patient, mart', '#8250df'),
  ...series('readmission rate by month', 1, 'readmission rate, live view', '#bf8700'),
  ...series('readmission rate by month', 2, 'readmission rate, mart', '#bf8700'),
  ...series('refresh after a day of a source, median', 2, 'refresh, median', '#cf222e'),
  ...series('refresh after a day of a source, p95', 2, 'refresh, p95', '#82071e'),
]
const [width, height, left, right, top, bottom] = [720, 360, 64, 200, 16, 40]
const all = lines.flatMap(one => one.points.map(([, value]) => value))
const x = scaleLinear([0, Math.max(...days)], [left, width - right])
const y = scaleLog([Math.min(...all), Math.max(...all)], [height - bottom, top]).nice()
const round = (value: number): number => Math.round(value * 10) / 10
const shape = line<readonly [number, number]>()
  .x(([day]) => round(x(day)))
  .y(([, value]) => round(y(value)))
const duration = (value: number): string => (value >= 1000 ? `${value / 1000} s` : `${value} ms`)
const decades = y.ticks().filter(value => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6))

/** The height of each label beside the end of its line, at least a line of text below the one above. */
const ends = new Map<Series, number>()
let free = 0
for (const one of [...lines].sort((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0))) {
  const place = Math.max(free, y(one.points.at(-1)?.[1] ?? 1) + 4)
  ends.set(one, round(place))
  free = place + 13
}

writeFileSync(
  to,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" role="img">
<title>Time of questions and of a refresh against days of history</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${decades
  .map(
    value =>
      `<path d="M${left} ${round(y(value))}H${width - right}" stroke="#ddd"/><text x="${left - 6}" y="${round(y(value)) + 4}" text-anchor="end">${duration(value)}</text>`,
  )
  .join('\n')}
${days.map(day => `<text x="${round(x(day))}" y="${height - bottom + 16}" text-anchor="middle">${day}</text>`).join('\n')}
<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">days of history</text>
${lines
  .map(
    one =>
      `<path d="${shape(one.points) ?? ''}" fill="none" stroke="${one.color}" stroke-width="2"${one.isDashed ? ' stroke-dasharray="5 4"' : ''}/><text x="${width - right + 8}" y="${ends.get(one) ?? 0}" fill="${one.color}">${one.label}</text>`,
  )
  .join('\n')}
</svg>
`,
)
