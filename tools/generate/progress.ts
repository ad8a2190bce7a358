import { countText } from '../../pipelines/platform/count-text.ts'
import type { OnProgress } from './generate.ts'

/** A progress line. */
export interface ProgressLine {
  readonly show: OnProgress
  readonly clear: () => void
}

/** Writes to a terminal only, so that logs stay short. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  return {
    show: (file, records) => {
      stream.write(`\r\u001b[K${file}: ${countText(records, 'record')}`)
    },
    clear: () => {
      stream.write('\r\u001b[K')
    },
  }
}
