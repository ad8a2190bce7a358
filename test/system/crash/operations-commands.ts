import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { start } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { childrenOf } from '../../helpers/processes.ts'
import type { Random } from '../laws/random.ts'
import { batches, contents, month, type OperationsWorld } from './operations-world.ts'

/** Commands that change what is published, or clean up, or hold a batch. */
export type Kind = 'run' | 'backfill' | 'rollback' | 'compact' | 'gc' | 'plan' | 'retry'

/** A command and what is to happen to it. */
export interface Order {
  readonly kind: Kind
  readonly args: readonly string[]
  readonly strike: Strike
}

/** `cut` ends sessions of every command; the others hit one. */
export interface Strike {
  readonly how: 'none' | 'command killed' | 'engine killed' | 'cut'
  /** Part of a statement that some command has to have begun; null for a moment that no statement tells. */
  readonly after: string | null
  /** How much later, in milliseconds. */
  readonly delay: number
}

/** How a command ended. */
export interface Ending {
  readonly order: Order
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The strike came while the command was there. */
  readonly struck: boolean
}

const pick = <T>(random: Random, choices: readonly T[]): T => {
  const choice = choices[Math.floor(random() * choices.length)]
  if (choice === undefined) throw new Error('nothing to choose from')
  return choice
}

const staging = ['pg_try_advisory_lock', 'caseload.stage_table', 'copy caseload_stage', 'caseload.finish_table']
const swapping = ['caseload.stage_range', 'caseload.publish(', 'caseload.drop_expired', 'commit']

/** What each kind says to the server, so that a strike meets it there. */
const moments: Readonly<Record<Kind, readonly string[]>> = {
  run: [...staging, ...swapping, 'caseload.abort_dead_runs', 'update caseload.runs'],
  backfill: [...staging, ...swapping, 'caseload.publish('],
  retry: [...staging, ...swapping],
  plan: [...staging, 'full join', 'update caseload.runs'],
  rollback: ['caseload.bound_kept_leaves', 'into caseload.range_leaves', 'caseload.rollback(', 'caseload.drop_leaves'],
  compact: ['caseload.month_key', 'caseload.stage_range', 'caseload.finish_range', 'caseload.merge_leaves('],
  gc: ['caseload.gc_batch', 'caseload.drop_dead_ranges', 'delete from caseload.quarantine_rows'],
}

/** Every kind. */
export const kinds: readonly Kind[] = ['rollback', 'compact', 'run', 'plan', 'backfill', 'retry', 'gc']

/** Some are called more often than others. */
const oftener: readonly Kind[] = [...kinds, 'run', 'run', 'rollback', 'compact']

/** A command of some kind, on a batch and with a content of chance. */
export function randomOrder(random: Random, { landings }: OperationsWorld, kind: Kind = pick(random, oftener)): Order {
  const { source, date } = pick(random, batches)
  const landing = ['--landing', landings[pick(random, contents)]]
  const day = kind === 'run' && random() < 0.1 ? month.empty : date
  const range = ['--from', month.first, '--to', month.last]
  const args: Readonly<Record<Kind, readonly string[]>> = {
    run: ['run', source, day, ...landing],
    backfill: ['backfill', ...range, '--reprocess', 'all', '--concurrency', '2', '--json', ...landing],
    retry: ['retry', '--concurrency', '2', '--json', ...landing],
    plan: ['plan', source, date, ...landing],
    rollback: ['rollback', source, date],
    compact: ['compact', source, '--before', month.nextBegins],
    gc: ['gc'],
  }
  return { kind, args: args[kind], strike: randomStrike(random, kind) }
}

function randomStrike(random: Random, kind: Kind): Strike {
  const hasEngine = kind === 'run' || kind === 'backfill' || kind === 'plan' || kind === 'retry'
  const chance = random()
  const how =
    chance < 0.35 ? 'none' : chance < 0.8 ? 'command killed' : hasEngine && chance < 0.92 ? 'engine killed' : 'cut'
  const after = random() < 0.75 ? pick(random, moments[kind]) : null
  return { how, after, delay: random() * (after === null ? 2500 : 40) }
}

/** What an operator reads. */
export const described = ({ args, strike: { how, after, delay } }: Order): string =>
  `${args.join(' ')}${how === 'none' ? '' : ` (${how} ${delay.toFixed(0)} ms after ${after ?? 'its start'})`}`

/** Sessions of commands, and not those of the test. */
const ofCommands = `datname = current_database() and application_name like 'caseload%' and application_name <> 'caseload test'`

/** Calls a command, lets the strike meet it, and waits for its end. */
export async function call(world: OperationsWorld, order: Order): Promise<Ending> {
  const command = start(order.args, world.options)
  let stdout = ''
  let stderr = ''
  command.stdout?.on('data', chunk => (stdout += String(chunk)))
  command.stderr?.on('data', chunk => (stderr += String(chunk)))
  const exit = once(command, 'exit')
  const close = once(command, 'close')
  const struck = await strike(world.url, command, order.strike)
  await exit
  // The engine of a killed command may live a little longer and keeps the pipes.
  if (command.exitCode !== null) await close
  return { order, code: command.exitCode, stdout, stderr, struck }
}

const isOver = (command: ChildProcess): boolean => command.exitCode !== null || command.signalCode !== null

async function strike(url: string, command: ChildProcess, { how, after, delay }: Strike): Promise<boolean> {
  if (how === 'none') return false
  if (after !== null) {
    const session = await connect({ url, applicationName: 'striker' })
    try {
      while (!isOver(command) && !(await isSaid(session, after))) await sleep(5)
    } finally {
      await session.end()
    }
  }
  await sleep(delay)
  if (isOver(command)) return false
  if (how === 'cut') {
    await rowsOf(url, `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where ${ofCommands}`)
    return true
  }
  const pids = how === 'command killed' ? [command.pid ?? 0] : childrenOf(command.pid ?? 0)
  for (const pid of pids) kill(pid)
  return pids.length > 0
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was over before.
  }
}

async function isSaid(session: Session, words: string): Promise<boolean> {
  const { rows } = await session.query(
    `select from pg_catalog.pg_stat_activity where ${ofCommands} and strpos(query, $1) > 0 limit 1`,
    [words],
  )
  return rows.length > 0
}

/** Sessions of commands that the server still has. */
export async function sessionsOfCommands(url: string): Promise<number> {
  const [row] = await rowsOf(url, `select count(*) as n from pg_catalog.pg_stat_activity where ${ofCommands}`)
  return Number(row?.['n'])
}
