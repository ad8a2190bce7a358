import type { Log } from '../../pipelines/platform/log.ts'

/** A log that keeps what is said to it. */
export function keepingLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const at =
    (level: string) =>
    (stage: string, message: string): void => {
      lines.push(`${level} ${stage}: ${message}`)
    }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}
