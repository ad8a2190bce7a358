/** Environment variables, usually `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that is set to nothing counts as not set. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
