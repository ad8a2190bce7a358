const millisOfDay = 86_400_000

/** Days since 1970-01-01 of a date as `yyyy-mm-dd`. */
export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / millisOfDay

/** The date of a day number as `yyyy-mm-dd`. */
export const dateOf = (day: number): string => new Date(day * millisOfDay).toISOString().slice(0, 10)

/** The time `minute` minutes after the start of a day, as `yyyy-mm-ddThh:mm:00Z`. */
export const timeOf = (day: number, minute: number): string =>
  `${new Date(day * millisOfDay + minute * 60_000).toISOString().slice(0, 19)}Z`

/** The date of a day number as `yyyymmdd`, the name of its landing folder. */
export const compact = (day: number): string => dateOf(day).replaceAll('-', '')
