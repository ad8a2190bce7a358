/**
 * A moment for a person, to the second, in the zone of this machine: `2023-05-01 14:03:07`; with `utc` in UTC, marked by a Z.
 *
 * @param moment as the ledger has it: `2023-05-01 12:03:07.123456+00`; a text of another form, or null, stays as it is
 */
export function timeText<T extends string | null>(moment: T, utc: boolean): T | string {
  const [, day = '', time = ''] =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:\+00(?::?00)?|Z)$/.exec(moment ?? '') ?? []
  if (day === '') return moment
  if (utc) return `${day} ${time}Z`
  const at = new Date(`${day}T${time}Z`)
  const date = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-')
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':')}`
}

const pad = (part: number): string => String(part).padStart(2, '0')
