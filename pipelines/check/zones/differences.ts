/** From `moment` (seconds since 1970) on, the clocks of a zone are `ahead` seconds ahead of UTC. */
export interface ClockChange {
  readonly moment: number
  readonly ahead: number
}

/** A time span in which DuckDB and PostgreSQL have different rules for a zone. In seconds; `to` can be Infinity. */
export interface ZoneDifference {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** Seconds ahead of UTC by DuckDB's rules. */
  readonly engine: number
  /** Seconds ahead of UTC by PostgreSQL's rules. */
  readonly server: number
}

/** Changes are known up to 2100. A difference in the year before continues for ever, because yearly rules repeat. */
const lastMoment = Date.UTC(2100, 0, 1) / 1000
const year = 366 * 86_400

/**
 * The differences between two lists of clock changes of a zone.
 *
 * @param engine clock changes in order of time, the first one at the start of the compared range; `server` likewise
 * @returns spans in order of time; adjacent spans have different values
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

/** `-07:00`, with seconds only if they are not zero. */
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

/** For messages: `from 2026-11-01 09:00 UTC on it is at -08:00 by DuckDB and at -07:00 by PostgreSQL`. */
export function differenceText({ from, to, engine, server }: ZoneDifference): string {
  const end = to === Infinity ? 'on' : `to ${momentText(to)}`
  return `from ${momentText(from)} ${end} it is at ${offsetText(engine)} by DuckDB and at ${offsetText(server)} by PostgreSQL`
}

/** What to do, without a full stop. PostgreSQL reads CET and a few more as abbreviations without summer time. */
export function differenceRemedy(zone: string): string {
  if (/^[A-Z]{3}$/.test(zone))
    return `Use a zone with a place in its name, such as Europe/Brussels: PostgreSQL reads ${zone} as an abbreviation`
  return 'Update the one with the older rules: the time zones of the server (package tzdata), or Caseload, which includes DuckDB'
}
