import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { runSample } from '../../../pipelines/testing.ts'
import { testDatabase } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'

test("a sample takes from the developer's environment where its project is, and tells nobody of its runs", async t => {
  const { url } = await testDatabase(t)
  const folder = mkdtempSync(join(tmpdir(), 'caseload-sample-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const metrics = join(folder, 'metrics')
  mkdirSync(metrics)
  let heard = 0
  const endpoint = createServer((_, response) => {
    heard += 1
    response.writeHead(201).end()
  })
  endpoint.listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  t.teardown(() => endpoint.close())
  const project = join(folder, 'my-ward')
  mkdirSync(project)
  setVariables(t, {
    CASELOAD_METRICS_DIR: metrics,
    CASELOAD_OPENLINEAGE_FILE: join(metrics, 'events.ndjson'),
    OPENLINEAGE_URL: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
    CASELOAD_IF_CHANGED: '1',
    PGOPTIONS: '-c default_transaction_read_only=on',
    DATABASE_URL: 'postgres://127.0.0.1:1/of-nobody',
    CASELOAD_PROJECT: relative(process.cwd(), project),
  })

  const first = await runSample('source_a', '2023-05-01', { databaseUrl: url, landing: sampleData })
  t.true(first.published)
  t.true(first.records > 0)
  t.deepEqual(await runSample('source_a', '2023-05-01', { databaseUrl: url, landing: sampleData }), first)
  t.deepEqual(readdirSync(metrics), [])
  t.is(heard, 0)
})

function setVariables(t: ExecutionContext, variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = before[name]
    }
  })
}
