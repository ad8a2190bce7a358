import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { AbortedError, MissingInputError, TimeoutError } from '../../pipelines/platform/errors.ts'
import { packageVersion } from '../../pipelines/source/settings.ts'
import { tableNaming } from '../../pipelines/telemetry/dataset-names.ts'
import { openLineage } from '../../pipelines/telemetry/openlineage.ts'
import type { Published, RunAbout } from '../../pipelines/telemetry/run-event.ts'
import { faultsOf } from './lineage-schema.ts'
import { observe, published, testFolder } from './runs.ts'

const url = 'postgresql://etl:Secret-of-nobody@db.example.org:5433/clinic?sslmode=require'

/** The events of one run, read from the file. */
async function eventsOf(
  folder: string,
  run?: () => Promise<Published>,
  about?: Partial<RunAbout>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly events: readonly LineageLike[]; readonly about: RunAbout }> {
  const observation = await observe(
    openLineage(url, { CASELOAD_OPENLINEAGE_FILE: 'events', ...env }, folder),
    run,
    about,
  )
  const lines = readFileSync(join(folder, 'events'), 'utf8').split('\n')
  if (lines.pop() !== '') throw new Error('the last line does not end')
  return { events: lines.map(line => JSON.parse(line) as LineageLike), about: observation.about }
}

interface LineageLike {
  readonly eventType: string
  readonly eventTime: string
  readonly producer: string
  readonly run: { readonly runId: string; readonly facets: Record<string, Record<string, unknown>> }
  readonly job: { readonly namespace: string; readonly name: string }
  readonly inputs: readonly DatasetLike[]
  readonly outputs: readonly DatasetLike[]
}

interface DatasetLike {
  readonly namespace: string
  readonly name: string
  readonly facets?: Record<string, Record<string, unknown>>
  readonly inputFacets?: Record<string, Record<string, unknown>>
  readonly outputFacets?: Record<string, Record<string, unknown>>
}

test('a published run is START and COMPLETE, valid by the schemas, with the files read and the rows loaded', async t => {
  const { events, about } = await eventsOf(testFolder(t))
  for (const event of events) t.deepEqual(faultsOf(event), [])
  const [start, complete] = events
  t.deepEqual(
    events.map(({ eventType, run, job, producer }) => [eventType, run.runId, job.namespace, job.name, producer]),
    ['START', 'COMPLETE'].map(type => [
      type,
      about.runId,
      'default',
      'caseload.source_a',
      `pkg:npm/caseload@${packageVersion()}`,
    ]),
  )
  t.deepEqual(start?.inputs, [])
  t.deepEqual(
    complete?.inputs.map(({ namespace, name, inputFacets }) => [
      namespace,
      name,
      ...counts(inputFacets?.['inputStatistics']),
    ]),
    [
      ['file', '/srv/landing/source_a/20230501/visit_events.json', 20, 2048, 1],
      ['file', '/srv/landing/source_a/20230501/late_events.json', 2, 100, 1],
    ],
  )
  t.deepEqual(
    complete?.outputs.map(({ namespace, name, outputFacets }) => [
      namespace,
      name,
      ...counts(outputFacets?.['outputStatistics']),
    ]),
    [
      ['postgres://db.example.org:5433', 'clinic.store.patients', 19, undefined, undefined],
      ['postgres://db.example.org:5433', 'clinic.store.visits', 21, undefined, undefined],
    ],
  )
  const schema = start?.outputs[0]?.facets?.['schema']?.['fields'] as { name: string; type: string }[]
  t.like(schema[0], { name: 'patient_id', type: 'text' })
  t.like(
    schema.find(({ name }) => name === 'birth_date'),
    { type: 'date' },
  )
  t.deepEqual(schema.slice(-2), [
    { name: 'source', type: 'text' },
    { name: 'batch_date', type: 'date' },
  ])
  t.like(complete?.run.facets['nominalTime'], {
    nominalStartTime: '2023-05-01T00:00:00.000Z',
    nominalEndTime: '2023-05-02T00:00:00.000Z',
  })
  t.is(complete?.run.facets['parent'], undefined)
})

const counts = (facet: Record<string, unknown> = {}): readonly unknown[] =>
  ['rowCount', 'size', 'fileCount'].map(name => facet[name])

test('a run that failed is FAIL, one that was stopped ABORT, each with its message and no stack', async t => {
  const ends: readonly (readonly [Error, string, string])[] = [
    [new MissingInputError('Expected a folder.'), 'FAIL', 'MissingInputError: Expected a folder.'],
    [AbortedError.by('SIGTERM'), 'ABORT', `AbortedError: ${AbortedError.by('SIGTERM').message}`],
    [TimeoutError.after(60), 'ABORT', `TimeoutError: ${TimeoutError.after(60).message}`],
    [new TypeError('Jane Example is no number'), 'FAIL', 'TypeError: A bug in Caseload; its stack is in the log.'],
  ]
  for (const [error, type, message] of ends) {
    const { events } = await eventsOf(testFolder(t), () => Promise.reject(error))
    t.deepEqual(
      events.map(({ eventType }) => eventType),
      ['START', type],
    )
    for (const event of events) t.deepEqual(faultsOf(event), [])
    const facet = events[1]?.run.facets['errorMessage']
    t.is(facet?.['message'], message)
    t.is(facet?.['stackTrace'], undefined)
    t.deepEqual(
      events[1]?.outputs.map(({ outputFacets }) => outputFacets),
      [undefined, undefined],
    )
  }
})

test('the parent is the run that the environment names, or else a run id that is a UUID', async t => {
  const uuid = '0c0f1f3e-5b0e-7d2a-9b1e-2f6f1d3c4b5a'
  const parentOf = async (externalId: string | undefined, env = {}): Promise<unknown> => {
    const { events } = await eventsOf(testFolder(t), undefined, { externalId }, env)
    for (const event of events) t.deepEqual(faultsOf(event), [])
    const { run, job } = (events[1]?.run.facets['parent'] ?? {}) as { run?: unknown; job?: unknown }
    return run === undefined ? undefined : { run, job }
  }
  t.deepEqual(await parentOf(uuid, { OPENLINEAGE_NAMESPACE: 'clinic' }), {
    run: { runId: uuid },
    job: { namespace: 'clinic', name: 'caller' },
  })
  t.is(await parentOf('scheduled__2023-05-01T00:00:00+00:00'), undefined)
  const named = { OPENLINEAGE_PARENT_ID: `airflow://prod/caseload.load/${uuid}` }
  t.deepEqual(await parentOf('manual', named), {
    run: { runId: uuid },
    job: { namespace: 'airflow://prod', name: 'caseload.load' },
  })
  t.is(await parentOf(undefined, { OPENLINEAGE_PARENT_ID: 'no parent' }), undefined)
})

test('a batch of more than 100 files is one input, its folder, with the sums', async t => {
  const [first] = published.files
  const files = Array.from({ length: 101 }, (_, index) => ({ ...first, name: `source_a/20230501/${index}.json` }))
  const many = { ...published, files } as Published
  const { events } = await eventsOf(testFolder(t), () => Promise.resolve(many), { landing: 's3://bucket/in' })
  t.deepEqual(faultsOf(events[1]), [])
  t.deepEqual(
    events[1]?.inputs.map(({ namespace, name, inputFacets }) => [
      namespace,
      name,
      ...counts(inputFacets?.['inputStatistics']),
    ]),
    [['s3://bucket', 'in/source_a/20230501', 2020, 206848, 101]],
  )
})

test('the schemas reject wrong events', async t => {
  const { events } = await eventsOf(testFolder(t))
  const event = events[1] as unknown as Record<string, unknown>
  const wrong: readonly Record<string, unknown>[] = [
    { ...event, eventType: 'DONE' },
    { ...event, eventTime: 'yesterday' },
    { ...event, producer: 'no uri' },
    { ...event, run: { runId: '17' } },
    { ...event, job: { name: 'caseload.source_a' } },
    { ...event, run: { runId: events[1]?.run.runId, facets: { nominalTime: {} } } },
    ...['nominalTime', 'parent'].map(name => ({
      ...event,
      run: {
        ...(event['run'] as object),
        facets: {
          [name]: {
            _producer: 'pkg:npm/caseload',
            _schemaURL: `https://openlineage.io/spec/facets/${name === 'parent' ? '1-2-0/Parent' : '1-0-1/NominalTime'}RunFacet.json#/$defs/${name === 'parent' ? 'Parent' : 'NominalTime'}RunFacet`,
          },
        },
      },
    })),
  ]
  for (const one of wrong) t.not(faultsOf(one).length, 0, JSON.stringify(one))
})

test('tables are named only by host, port and database, as the driver reads them', t => {
  const named = (text: string | undefined, env = {}): string => {
    const { namespace, name } = tableNaming(text, env)('visits')
    return `${namespace} ${name}`
  }
  const here = hostname()
  t.is(named('postgres://u:p@h/d'), 'postgres://h:5432 d.store.visits')
  t.is(named('postgres://u:p@[::1]:6000/d%20e'), 'postgres://[::1]:6000 d e.store.visits')
  t.is(named('postgres://etl@h'), 'postgres://h:5432 etl.store.visits')
  t.is(named('postgres://u@/d?host=/run/pg&port=5433'), `postgres://${here}:5433 d.store.visits`)
  t.is(named('postgres://u@%2Frun%2Fpg/d'), `postgres://${here}:5432 d.store.visits`)
  t.is(named('socket:/run/pg?db=d'), `postgres://${here}:5432 d.store.visits`)
  t.is(named(undefined, { PGHOST: 'a,b', PGPORT: '6432', PGDATABASE: 'c' }), 'postgres://a:6432 c.store.visits')
  t.is(named(undefined, { PGHOST: '/run/pg', PGUSER: 'etl' }), `postgres://${here}:5432 etl.store.visits`)
})

test('no password gets into a name, for any form of the connection string', t => {
  const password = fc
    .tuple(
      fc.constantFrom('', '12', '1/', '@/', '12/Z'),
      fc.string({ unit: fc.constantFrom(...Array.from('Zz%@/:?#&=[]\\ é')), maxLength: 12 }),
    )
    .map(([start, rest]) => `${start}Zebra${rest}Zebra`)
  const form = fc.constantFrom<(secret: string) => string>(
    secret => `postgres://u:${secret}@h/d`,
    secret => `postgres://u:${encodeURIComponent(secret)}@h/d`,
    secret => `postgres://u@h/d?password=${encodeURIComponent(secret)}`,
    secret => `postgres://u@/d?host=/run&password=${encodeURIComponent(secret)}`,
    secret => `postgres://:${encodeURIComponent(secret)}@h`,
    secret => `postgres://u:${secret}@`,
  )
  fc.assert(
    fc.property(password, form, (secret, write) => {
      const { namespace, name } = tableNaming(write(secret), {})('visits')
      return !`${namespace} ${name}`.includes('Zebra')
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('without variables in the environment, or if disabled, there is no telemetry', t => {
  t.deepEqual(openLineage(url, {}, '/'), [])
  const env = { OPENLINEAGE_URL: 'http://127.0.0.1:1', CASELOAD_OPENLINEAGE_FILE: 'events' }
  t.is(openLineage(url, env, '/').length, 2)
  t.deepEqual(openLineage(url, { ...env, OPENLINEAGE_DISABLED: 'True' }, '/'), [])
})
