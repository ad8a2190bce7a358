/** From a moment on, the clocks of a zone are so far ahead of UTC; both in seconds, the moment since 1970. */
export interface ClockChange {
  readonly moment: number
  readonly ahead: number
}

/** A span of time in which two programs say different things of the clocks of a zone. Seconds; `to` may be Infinity. */
export interface ZoneDifference {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** How far the clocks are ahead of UTC by the engine's rules. */
  readonly engine: number
  /** The same by the server's rules. */
  readonly server: number
}

/** Changes are known up to 2100; what differs in the year before it goes on: rules of a year repeat. */
const lastMoment = Date.UTC(2100, 0, 1) / 1000
const year = 366 * 86_400

/**
 * Where two programs differ about a zone.
 *
 * @param engine its clock changes, in order of time, the first at the beginning of what is compared; the same for `server`
 * @returns spans in order of time that do not touch each other, unless the distance changes between them
 */
export function differencesOf(
  engine: readonly ClockChange[],
  server: readonly ClockChange[],
): readonly ZoneDifference[] {
  const moments = [...new Set([...engine, ...server].map(({ moment }) => moment))].sort((a, b) => a - b)
  const spans: ZoneDifference[] = []
  const clocks = { engine: 0, server: 0 }
  const next = { engine: 0, server: 0 }
  const changes = { engine, server }
  moments.forEach((from, index) => {
    for (const side of ['engine', 'server'] as const) {
      const change = changes[side][next[side]]
      if (change?.moment !== from) continue
      clocks[side] = change.ahead
      next[side]++
    }
    if (clocks.engine === clocks.server) return
    const to = moments[index + 1] ?? Infinity
    const before = spans.at(-1)
    const goesOn = before?.to === from && before.engine === clocks.engine && before.server === clocks.server
    if (goesOn) spans[spans.length - 1] = { ...before, to }
    else spans.push({ from, to, ...clocks })
  })
  const last = spans.at(-1)
  if (last !== undefined && last.to > lastMoment - year) spans[spans.length - 1] = { ...last, to: Infinity }
  return spans
}

/** `-07:00`, or with seconds where there are any. */
export function offsetText(ahead: number): string {
  const size = Math.abs(ahead)
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60]
  const shown = size % 60 === 0 ? parts.slice(0, 2) : parts
  return `${ahead < 0 ? '-' : '+'}${shown.map(part => String(part).padStart(2, '0')).join(':')}`
}

/** `2026-11-01 09:00 UTC` */
export function momentText(moment: number): string {
  return `${new Date(moment * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** What two programs say: `from 2026-11-01 09:00 UTC on it is at -08:00 by DuckDB and at -07:00 by PostgreSQL`. */
export function differenceText({ from, to, engine, server }: ZoneDifference): string {
  const end = to === Infinity ? 'on' : `to ${momentText(to)}`
  return `from ${momentText(from)} ${end} it is at ${offsetText(engine)} by DuckDB and at ${offsetText(server)} by PostgreSQL`
}

/** What to do: a sentence without its stop. PostgreSQL takes CET and a few more for abbreviations, without summer time. */
export function differenceRemedy(zone: string): string {
  if (/^[A-Z]{3}$/.test(zone))
    return `Name a place in place of ${zone}, as in Europe/Brussels: it is an abbreviation to PostgreSQL`
  return 'Update whichever has the older rules: the time zones of the server (package tzdata), or Caseload, which brings DuckDB'
}
