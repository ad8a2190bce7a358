import { rmSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { sessionName } from '../source/batch.ts'
import type { ContractColumn } from '../contract/contract.ts'
import { workFolderMessage } from '../platform/disk-error.ts'
import { DuckDbError } from '../platform/duckdb-error.ts'
import { openDuckDB } from '../platform/duckdb.ts'
import { CaseloadError, TransientError, toWire } from '../platform/errors.ts'
import { readMask } from '../contract/mask/key.ts'
import { maskColumn, pseudonymsOf, type ShownColumn } from '../contract/mask/mask.ts'
import { isTransient, isServerError, transientMessage } from '../platform/postgres.ts'
import { refusal } from '../platform/refusals.ts'
import { enterProject } from '../source/enter.ts'
import { loadSource } from '../source/load-source.ts'
import { openAsOwner } from '../embedded/target.ts'
import type { ZoneDifference } from '../check/zones/differences.ts'
import { setZone } from '../source/source-zone.ts'
import { ProcessEngine } from './batch-engine.ts'
import type { EngineOrder, EngineWord } from './protocol.ts'
import { rowMeter } from '../stage/row-meter.ts'

// The entry of the engine's own process: a crash of a parser ends this process and fails one batch, nothing else.

function say(word: EngineWord): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined) throw new Error('the engine is started by caseload, not by hand')
    process.send(word, () => {
      resolve()
    })
  })
}

async function work(order: EngineOrder): Promise<EngineWord> {
  const { batch, runId } = order
  await enterProject(process.env, process.cwd())
  const source = await loadSource(batch.source, order.sourceFolders)
  // The one that the ledger has by now, whatever the project says a moment later.
  setZone(source.transformer, order.zone)
  const maskKey = readMask(process.env)
  const pseudonyms = maskKey === undefined ? undefined : pseudonymsOf(maskKey)
  const shown = (column: ContractColumn): ShownColumn => {
    if (pseudonyms === undefined) return 'keep'
    const masked = maskColumn(column, batch.source)
    return typeof masked === 'string' ? masked : value => pseudonyms.sql(masked.domain, value)
  }
  const engine = new ProcessEngine({
    batch,
    runId,
    delivery: order.delivery,
    declared: source.transformer,
    selectPath: table => shownPath(join(source.folder, `${table}.sql`)),
    workFolder: order.workFolder,
    masks: maskKey !== undefined,
    mask: shown,
    openDuckDB: allowedPaths =>
      openDuckDB({
        memoryLimit: order.memoryLimit,
        threads: order.threads,
        tempDirectory: order.workFolder,
        allowedPaths,
        timeZone: 'UTC',
        ...(pseudonyms === undefined ? {} : { parameters: pseudonyms.parameters }),
      }),
    comparedZones,
    openSession: () => openAsOwner(order.databaseUrl, sessionName(batch, runId)),
    onProgress: (stage, detail) => void say({ kind: 'progress', stage, detail }),
    meter: rowMeter(
      rows => void say({ kind: 'rows', rows }),
      () => performance.now(),
    ),
  })
  try {
    return { kind: 'loaded', loaded: await source.transformer.load(engine, source.sql) }
  } finally {
    engine.close()
  }
}

/** As whoever called the command would write it: from where they are, unless it lies outside. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || isAbsolute(near) ? path : near
}

/** Errors of the drivers can hold whole rows; what leaves this process does not. */
function presentable(error: unknown): unknown {
  if (isTransient(error)) return new TransientError(transientMessage(error, 'while staging'))
  if (isServerError(error)) return refusal(error, 'The database refused the stage')
  const full = workFolderMessage(error)
  if (full !== undefined) return new CaseloadError(full, { cause: error })
  if (!(error instanceof DuckDbError)) return error
  if (error.kind === 'Out of Memory') {
    return new CaseloadError(`The engine ran out of memory (${error.message}). Give it more with CASELOAD_MEMORY.`)
  }
  if (error.kind === 'IO') {
    return new CaseloadError(
      `The engine could not write or read a file (${error.message}). Make room below CASELOAD_WORK, or name another folder.`,
    )
  }
  return error
}

let workFolder: string | undefined
// Of the one server and the one DuckDB that this process has.
const comparedZones = new Map<string, readonly ZoneDifference[]>()

// One batch after the other, as its parent sends them; the parent ends this process.
process.on('message', (order: EngineOrder) => {
  workFolder = order.workFolder
  void work(order)
    .catch((error: unknown): EngineWord => ({ kind: 'failed', error: toWire(presentable(error)) }))
    .then(say)
})
// Node would print it with all its fields, and a driver's error has fields that hold a row.
process.on('uncaughtException', error => {
  void say({ kind: 'failed', error: toWire(presentable(error)) }).finally(() => process.exit(1))
})
// Whoever holds the batch's lock, and would remove the work folder, is gone: nothing may be staged any more.
process.once('disconnect', () => {
  if (workFolder !== undefined) rmSync(workFolder, { recursive: true, force: true })
  process.exit(1)
})
// The parent decides what a signal means and ends this process; a terminal sends it to both.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

void say({ kind: 'ready' })
