/** What a result is of: seconds of marts or of live views, or a number without a unit. */
type Kind = 'mart' | 'live view' | 'ratio'

/** The results of bench/bi.ts, printed one by one and as one table in Markdown. */
export class Results {
  readonly #days: readonly number[]
  readonly #lines = new Map<string, Map<Kind, Map<number, number>>>()

  constructor(days: readonly number[]) {
    this.#days = days
  }

  add(days: number, name: string, value: number, kind: Kind = 'mart'): void {
    const kinds = this.#lines.get(name) ?? new Map<Kind, Map<number, number>>()
    const byDays = kinds.get(kind) ?? new Map<number, number>()
    this.#lines.set(name, kinds.set(kind, byDays.set(days, value)))
    process.stdout.write(`${days} days: ${name}, ${kind}: ${value.toFixed(kind === 'ratio' ? 2 : 4)}\n`)
  }

  /** One line per question, in milliseconds; the last column is the growth of the mart's from the first days to the last. */
  table(): string {
    const days = this.#days.join(' / ')
    const cell = (values: ReadonlyMap<number, number> | undefined, text: (one: number) => string): string =>
      values === undefined
        ? ''
        : this.#days
            .map(day => values.get(day))
            .map(one => (one === undefined ? '-' : text(one)))
            .join(' / ')
    const lines = [...this.#lines].map(([name, kinds]) => {
      const mart = kinds.get('mart')
      const ratio = kinds.get('ratio')
      const [first, last] = [mart?.get(this.#days[0] ?? NaN), mart?.get(this.#days.at(-1) ?? NaN)]
      const growth = first === undefined || last === undefined ? '' : (last / first).toFixed(1)
      const own = ratio === undefined ? cell(mart, inMilliseconds) : cell(ratio, one => one.toFixed(2))
      return `| ${name} | ${cell(kinds.get('live view'), inMilliseconds)} | ${own} | ${growth} |`
    })
    return [
      `| question | live view, ${days} days, ms | mart, ${days} days, ms | growth |`,
      '| --- | --- | --- | --- |',
      ...lines,
      '',
    ].join('\n')
  }
}

function inMilliseconds(seconds: number): string {
  const milliseconds = seconds * 1000
  return milliseconds.toFixed(milliseconds < 10 ? 1 : 0)
}
