import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { postgresEngine } from '../../pipelines/run/postgres-target.ts'
import { rowMeter } from '../../pipelines/stage/row-meter.ts'
import { requireInputNames } from '../../pipelines/source/input-names.ts'
import type { Input } from '../../pipelines/source/inputs.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { Transformer, type StagedTable } from '../../pipelines/source/transformer.ts'
import type { ZoneDifference } from '../../pipelines/check/zones/differences.ts'
import { setZone } from '../../pipelines/source/source-zone.ts'
import { recordRun } from '../audit/batches.ts'
import { testDatabase, withSession } from './database.ts'
import { testEngine } from './engine.ts'
import { localDelivery, testLanding } from './landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }

class Ward extends Transformer {
  override readonly inputs = {}
  override readonly tables = []
}

/** What to stage. */
export interface Scene {
  readonly inputs: Readonly<Record<string, Input>>
  /** By name in the landing folder. */
  readonly files: Readonly<Record<string, string>>
  /** By table. */
  readonly selects: Readonly<Record<string, string>>
  /** Default: a database of its own. */
  readonly url?: string
  /** Default: UTC. */
  readonly zone?: string
  /** What stands in for a comparison of DuckDB's rules with the server's, by zone. */
  readonly comparedZones?: Map<string, readonly ZoneDifference[]>
}

/** What was told of it, and where the rows are. */
export interface StagedScene {
  readonly staged: readonly StagedTable[]
  /** What the engine said while it was at work, such as that it begins again. */
  readonly told: readonly string[]
  readonly url: string
  readonly runId: string
}

/** Reads and stages a batch of a source `ward` in this process, over a database of its own. */
export async function stageScene(t: ExecutionContext, scene: Scene): Promise<StagedScene> {
  const { inputs, files, selects, zone = 'UTC', comparedZones = new Map<string, readonly ZoneDifference[]>() } = scene
  const url = scene.url ?? (await testDatabase(t)).url
  const landing = testLanding(t)
  for (const [name, content] of Object.entries(files)) landing.write(`ward/20230501/${name}`, content)
  const workFolder = mkdtempSync(join(tmpdir(), 'caseload-staging-'))
  t.teardown(() => {
    rmSync(workFolder, { recursive: true, force: true })
  })
  const runId = await withSession(url, session => recordRun(session, batch, 'running'))
  const told: string[] = []
  // As loading a source does.
  requireInputNames(inputs)
  const declared = new Ward()
  setZone(declared, zone)
  const engine = postgresEngine({
    batch,
    runId,
    delivery: await localDelivery(landing.root, batch, inputs),
    declared,
    selectPath: table => `sources/ward/${table}.sql`,
    workFolder,
    mask: () => 'keep',
    masks: false,
    comparedZones,
    openDuckDB: allowedPaths => testEngine(t, { allowedPaths, tempDirectory: workFolder }),
    openSession: () => connect({ url, applicationName: 'caseload test' }),
    onProgress: (_, detail) => told.push(detail),
    meter: rowMeter(
      () => undefined,
      () => 0,
    ),
  })
  await engine.read(inputs)
  const staged = await engine.stage(Object.entries(selects).map(([table, select]) => ({ table, select })))
  return { staged, told, url, runId }
}
