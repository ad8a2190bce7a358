import { rmSync } from 'node:fs'
import { sessionName } from '../source/batch.ts'
import type { ContractColumn } from '../contract/contract.ts'
import { openDuckDB } from '../platform/duckdb.ts'
import { toWire, type WireError } from '../platform/errors.ts'
import { readMask } from '../contract/mask/key.ts'
import { maskColumn, pseudonymsOf, type ShownColumn } from '../contract/mask/mask.ts'
import { toUserError } from '../platform/user-error.ts'
import { enterProject } from '../source/enter.ts'
import { loadSource, selectPath } from '../source/load-source.ts'
import { openAsOwner } from '../embedded/target.ts'
import type { ZoneDifference } from '../check/zones/differences.ts'
import { setZone } from '../source/source-zone.ts'
import { postgresEngine } from './postgres-target.ts'
import type { LoadRequest, EngineMessage } from './protocol.ts'
import { rowMeter } from '../stage/row-meter.ts'

// The entry of the engine's process: a crash of a parser ends this process and fails one batch, nothing else.

function send(message: EngineMessage): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined) throw new Error('this file is the entry of a child process of caseload')
    process.send(message, () => {
      resolve()
    })
  })
}

async function work(request: LoadRequest): Promise<EngineMessage> {
  const { batch, runId } = request
  await enterProject(process.env, process.cwd())
  const source = await loadSource(batch.source, request.sourceFolders)
  // The zone that the ledger recorded, even if the project's configuration changed meanwhile.
  setZone(source.transformer, request.zone)
  const maskKey = readMask(process.env)
  const pseudonyms = maskKey === undefined ? undefined : pseudonymsOf(maskKey)
  const shown = (column: ContractColumn): ShownColumn => {
    if (pseudonyms === undefined) return 'keep'
    const masked = maskColumn(column, batch.source)
    return typeof masked === 'string' ? masked : value => pseudonyms.sql(masked.domain, value)
  }
  const engine = postgresEngine({
    batch,
    runId,
    delivery: request.delivery,
    declared: source.transformer,
    selectPath: table => selectPath(source, table),
    workFolder: request.workFolder,
    masks: maskKey !== undefined,
    mask: shown,
    openDuckDB: allowedPaths =>
      openDuckDB({
        memoryLimit: request.memoryLimit,
        threads: request.threads,
        tempDirectory: request.workFolder,
        allowedPaths,
        timeZone: 'UTC',
        ...(pseudonyms === undefined ? {} : { parameters: pseudonyms.parameters }),
      }),
    comparedZones,
    openSession: () => openAsOwner(request.databaseUrl, sessionName(batch, runId)),
    onProgress: (stage, detail) => void send({ kind: 'progress', stage, detail }),
    meter: rowMeter(
      rows => void send({ kind: 'rows', rows }),
      () => performance.now(),
    ),
  })
  try {
    return { kind: 'loaded', loaded: await source.transformer.load(engine, source.sql) }
  } finally {
    engine.close()
  }
}

const wired = (error: unknown): WireError =>
  toWire(toUserError(error, { retriedWhen: 'while staging', refused: 'The database refused the stage' }))

let workFolder: string | undefined
// Valid for the whole process: it has one server and one DuckDB.
const comparedZones = new Map<string, readonly ZoneDifference[]>()

// The parent sends one batch after the other, and ends this process.
process.on('message', (request: LoadRequest) => {
  workFolder = request.workFolder
  void work(request)
    .catch((error: unknown): EngineMessage => ({ kind: 'failed', error: wired(error) }))
    .then(send)
})
// Node would print every field of the error, and a driver's error has fields that hold a row.
process.on('uncaughtException', error => {
  void send({ kind: 'failed', error: wired(error) }).finally(() => process.exit(1))
})
// The parent, which holds the batch's lock and would remove the work folder, is gone: this process may stage nothing more.
process.once('disconnect', () => {
  if (workFolder !== undefined) rmSync(workFolder, { recursive: true, force: true })
  process.exit(1)
})
// A terminal sends a signal to both processes. The parent handles it and ends this one.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

void send({ kind: 'ready' })
