import { noListener } from '../../run/run-listener.ts'
import type { Display } from '../../operate/backfill/progress.ts'

/** Shows nothing but what is logged: for a file, a pipe and a terminal that cannot redraw. */
export function plainDisplay(stream: { write(text: string): unknown }): Display {
  return {
    log: lines => void stream.write(lines),
    batch: () => ({ ...noListener, end: () => undefined }),
    close: () => undefined,
  }
}
