import type { OnProgress } from './generate.ts'

/** A line that says how far the work is. */
export interface ProgressLine {
  readonly show: OnProgress
  readonly clear: () => void
}

/** Writes to a terminal; to anything else nothing, so that logs stay short. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  return {
    show: (file, records) => {
      stream.write(`\r\u001b[K${file}: ${records.toLocaleString('en-US')} records`)
    },
    clear: () => {
      stream.write('\r\u001b[K')
    },
  }
}
