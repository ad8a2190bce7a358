import type { Terminal } from '../../../pipelines/cli/progress/terminal.ts'
import { Screen } from './screen.ts'

/** A terminal that shows a test its screen and every write. */
export interface FakeTerminal extends Terminal {
  readonly isTTY: true
  readonly screen: Screen
  readonly writes: readonly string[]
  /** Number of listeners for a change of its size. */
  readonly listeners: number
  resize(columns: number): void
}

/** Creates a fake terminal with 24 rows. */
export function fakeTerminal(columns: number): FakeTerminal {
  const screen = new Screen(columns)
  const writes: string[] = []
  const listening = new Set<() => void>()
  return {
    isTTY: true,
    rows: 24,
    screen,
    writes,
    get columns() {
      return screen.columns
    },
    get listeners() {
      return listening.size
    },
    write: text => {
      writes.push(text)
      screen.write(text)
    },
    on: (_, listener) => listening.add(listener),
    off: (_, listener) => listening.delete(listener),
    resize: wanted => {
      screen.columns = wanted
      for (const listener of listening) listener()
    },
  }
}
