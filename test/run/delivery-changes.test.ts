import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { postgresEngine } from '../../pipelines/run/postgres-target.ts'
import { rowMeter } from '../../pipelines/stage/row-meter.ts'
import { scanFiles } from '../../pipelines/read/scan-files.ts'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv, json, scalar } from '../../pipelines/source/inputs.ts'
import { loadSource, shippedSources } from '../../pipelines/source/load-source.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { testDatabase } from '../helpers/database.ts'
import { testEngine } from '../helpers/engine.ts'
import { localDelivery, testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const name = 'ward/20230501/vitals.csv'
const inputs = { vitals: csv({ files: ['vitals.csv'], columns: ['a', 'b'] }) }
const changed = {
  instanceOf: RefusedError,
  message:
    /^The delivery changed while it was loaded, and nothing .* was read: ward\/20230501\/vitals\.(csv|json)\. Run/,
}

/** Reads a file, changes it, and stages; says of every step that it begins. */
async function stagedAfter(
  t: ExecutionContext,
  change: (path: string) => void,
  onStep: (detail: string) => void,
): Promise<void> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(name, `a,b\n${'1,2\n'.repeat(100)}`)
  const workFolder = mkdtempSync(join(tmpdir(), 'caseload-changes-'))
  t.teardown(() => {
    rmSync(workFolder, { recursive: true, force: true })
  })
  const { transformer } = await loadSource('source_a', [shippedSources])
  const engine = postgresEngine({
    batch,
    runId: '00000000-0000-0000-0000-000000000000',
    delivery: await localDelivery(landing.root, batch, inputs),
    declared: Object.create(transformer, { inputs: { value: inputs }, zone: { value: 'UTC' } }) as typeof transformer,
    workFolder,
    selectPath: table => `sources/ward/${table}.sql`,
    mask: () => 'keep',
    masks: false,
    openDuckDB: allowedPaths => testEngine(t, { allowedPaths, tempDirectory: workFolder }),
    openSession: () => connect({ url, applicationName: 'caseload test' }),
    onProgress: (_step, detail) => {
      onStep(detail)
    },
    meter: rowMeter(
      () => undefined,
      () => 0,
    ),
  })
  await engine.read(inputs)
  change(join(landing.root, name))
  await engine.stage([])
}

test('a file that grows, shrinks, breaks or goes while it is read is named as changed, without a second pass', async t => {
  const steps: string[] = []
  const onStep = (detail: string): void => {
    steps.push(detail)
  }
  await t.notThrowsAsync(stagedAfter(t, () => undefined, onStep))
  const changes: readonly ((path: string) => void)[] = [
    path => {
      appendFileSync(path, '3,4\n')
    },
    path => {
      truncateSync(path, 40)
    },
    path => {
      writeFileSync(path, 'a,b\n1,2,3,4\n')
    },
    path => {
      rmSync(path)
    },
  ]
  for (const change of changes) await t.throwsAsync(stagedAfter(t, change, onStep), changed)
  t.true(steps.includes('100 records'))
  t.deepEqual(
    steps.filter(step => step.startsWith('again')),
    [],
  )
})

test('a file that looks cut off is named as changed where somebody is still writing it', async t => {
  const landing = testLanding(t)
  const file = 'ward/20230501/vitals.json'
  const shapes = { vitals: json({ files: ['vitals.json'], record: { a: scalar } }) }
  landing.write(file, '[{"a":1},{"a"')
  const { files } = await localDelivery(landing.root, batch, shapes)
  await t.throwsAsync(scanFiles(files, shapes, 'refuse'), {
    instanceOf: RefusedError,
    message: /in the middle of a record/,
  })
  landing.write(file, '[{"a":1},{"a":')
  await t.throwsAsync(scanFiles(files, shapes, 'refuse'), changed)
})
