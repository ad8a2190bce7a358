import { Option } from 'commander'
import type { BatchStateName } from '../../ledger/batch-states.ts'
import type { RunStatus } from '../../ledger/ledger.ts'
import type { Environment } from '../../platform/environment.ts'
import type { TextTableOptions } from '../../platform/text-table.ts'
import { type Style, styled } from '../progress/styled-text.ts'

/** The part of standard output that decides how a table looks. */
export type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>

/** The columns of the terminal that a command prints to; undefined for a pipe or a file, where no line is wrapped. */
export function terminalWidth(output: Output = process.stdout): number | undefined {
  return output.isTTY && output.columns > 0 ? output.columns : undefined
}

/** How a table looks on standard output: it fits a terminal, and states have colours there. NO_COLOR turns these off. */
export function tableStyle(output: Output = process.stdout, env: Environment = process.env): TextTableOptions {
  const hasColor = output.isTTY && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === ''
  return { width: terminalWidth(output), ...(hasColor ? { paint: paintState } : {}) }
}

function paintState(text: string, cell: unknown): string {
  const [word = ''] = typeof cell === 'string' ? cell.split(' ') : []
  const style = Object.hasOwn(stateStyles, word) ? stateStyles[word as keyof typeof stateStyles] : undefined
  return style === undefined ? text : styled(text, style)
}

/** Red: nobody sees these rows, and somebody must act. Yellow: they are seen, or come by themselves. */
const stateStyles: Readonly<Record<BatchStateName | RunStatus, Style>> = {
  published: 'green',
  stale: 'yellow',
  pinned: 'yellow',
  running: 'yellow',
  failed: 'red',
  refused: 'red',
  incomplete: 'red',
  not_delivered: 'red',
  aborted: 'red',
  overdue: 'red',
  replaced: 'dim',
  rolled_back: 'dim',
  planned: 'dim',
  dismissed: 'dim',
}

/** `--utc` of a command that prints times. */
export const utcOption = (): Option =>
  new Option('--utc', 'print times in UTC (default: the zone of this machine; --json always has UTC)')
