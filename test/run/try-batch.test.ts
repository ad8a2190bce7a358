import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { RuleCount } from '../../pipelines/check/count-verdicts.ts'
import { csv } from '../../pipelines/index.ts'
import { type TriedBatch, tryBatch } from '../../pipelines/run/try-batch.ts'
import { defaultBadRowLimit } from '../../pipelines/source/bad-row-limit.ts'
import { Transformer } from '../../pipelines/source/transformer.ts'
import { testLanding } from '../helpers/landing.ts'
import { type Scene, stageScene } from '../helpers/stage-files.ts'

const inputs = {
  people: csv({ files: ['people.csv'], columns: ['id', 'born', 'sex'] }),
  stays: csv({ files: ['stays.csv'], columns: ['id', 'stay', 'day'] }),
}
const selects = {
  patients: `select file_no, record_no, id as patient_id, born as birth_date, sex as gender from people`,
  visits: `select file_no, record_no, id as patient_id, stay as visit_id, day as visit_date,
    case when stay = 'test' then 'test_stay' end as removed_by from stays`,
}

class Ward extends Transformer {
  override readonly inputs = inputs
  override readonly tables = ['patients', 'visits']
}

interface Day {
  readonly people: readonly string[]
  readonly stays: readonly string[]
  readonly select?: Partial<typeof selects>
  readonly exampleRows?: number
}

const filesOf = ({ people, stays }: Day): Scene['files'] => ({
  'people.csv': ['id,born,sex', ...people, ''].join('\n'),
  'stays.csv': ['id,stay,day', ...stays, ''].join('\n'),
})

async function tryDay(t: ExecutionContext, day: Day): Promise<TriedBatch> {
  const landing = testLanding(t)
  for (const [name, content] of Object.entries(filesOf(day))) landing.write(`ward/20230501/${name}`, content)
  const workRoot = mkdtempSync(join(tmpdir(), 'caseload-trying-'))
  const sql: Readonly<Record<string, string>> = { ...selects, ...day.select }
  try {
    return await tryBatch({
      batch: { source: 'ward', date: '2023-05-01' },
      source: { name: 'ward', transformer: new Ward(), folder: '/sources/ward', sql: table => sql[table] ?? '' },
      landing: landing.root,
      workRoot,
      memoryLimit: '256MB',
      threads: 1,
      badRows: defaultBadRowLimit,
      exampleRows: day.exampleRows ?? 0,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
  } finally {
    t.deepEqual(readdirSync(workRoot), [], 'the work folder is gone')
    rmSync(workRoot, { recursive: true })
  }
}

const countsOf = (counts: readonly RuleCount[], key: (count: RuleCount) => string): Readonly<Record<string, number>> =>
  Object.fromEntries(counts.map(one => [key(one), one.rows]))

const clean: Day = { people: ['P1,1960-02-03,male', 'P2,1970-02-03,female'], stays: ['P1,S1,2023-04-01'] }
const days: Readonly<Record<string, Day>> = {
  clean,
  'with faults': {
    people: ['P1,1722-02-03,male', 'P2,2124-01-01,female', 'P3,1970-02-03,robot', 'P4,,', ',1970-02-03,male'],
    stays: ['P1,S1,2023-04-01', 'P2,S2,2023-04-01', 'P4,test,', 'P9,S9,2023-04-01', 'P4,S4,2023-04-31'],
  },
  'with keys twice': {
    people: ['P1,1960-02-03,male', 'P1,1960-02-03,male', 'P2,1970-02-03,female', 'P2,1971-02-03,female'],
    stays: ['P1,S1,2023-04-01', 'P1,S1,2023-04-02'],
  },
  'with a key twice in a child': { ...clean, stays: ['P1,S1,2023-04-01', 'P1,S1,2023-04-02'] },
  'with rows of separators': {
    people: [',,', ...clean.people, 'P1,1960-02-03,male', ',,'],
    stays: ['P1,S1,2023-04-01', ',,', 'P1,test,'],
  },
  'with a record of another form': { ...clean, stays: ['P1,S1', 'P2,S2,2023-04-01'] },
}

for (const [name, day] of Object.entries(days)) {
  test(`a trial counts what a stage would do: a day ${name}`, async t => {
    const { staged } = await stageScene(t, { inputs, selects, files: filesOf(day) })
    const { tables } = await tryDay(t, day)
    t.deepEqual(
      tables.map(({ table, candidates, loaded, broken, removed, dropped }) => ({
        table,
        candidates,
        loaded,
        quarantined: countsOf(broken, ({ rule }) => rule),
        removed: countsOf(removed, ({ rule }) => rule),
        dropped: countsOf(dropped, ({ column, rule }) => `${column ?? ''}.${rule}`),
      })),
      staged.map(({ table, candidates, loaded, quarantined, removed, dropped }) => ({
        table,
        candidates,
        loaded,
        quarantined,
        removed,
        dropped,
      })),
    )
  })
}

test('causes stand before what follows from them, and more bad rows than allowed would refuse the day', async t => {
  const people = Array.from({ length: 12 }, (_, n) => `P${n + 1},2124-01-01,male`)
  const stays = people.flatMap((_, n) => [`P${n + 1},S${n + 1},2023-04-01`, `P${n + 1},T${n + 1},2023-04-01`])
  const tried = await tryDay(t, { people, stays: [...stays, 'P1,S0,soon'] })
  t.deepEqual(
    tried.tables[1]?.broken.map(({ rule, rows }) => [rule, rows]),
    [
      ['pattern', 1],
      ['parent', 24],
    ],
  )
  t.regex(
    tried.refusal ?? '',
    /^More rows than allowed .*: 12 of 12 rows of patients\. .* Where every row is broken, (?!.*--max-bad-rows)/,
  )
  t.notRegex(tried.refusal ?? '', /--run/)
  t.is((await tryDay(t, clean)).refusal, null)
})

test('a record that is not of the declared form is counted with its input', async t => {
  const { rejected, files } = await tryDay(t, { ...clean, stays: ['P1,S1', 'P2,S2,2023-04-01'] })
  t.like(rejected, { 0: { input: 'stays', rows: 1 }, length: 1 })
  t.deepEqual(
    files.map(({ input, records, quarantined }) => [input, records, quarantined]),
    [
      ['people', 2, 0],
      ['stays', 2, 1],
    ],
  )
})

test('all required columns that are missing are named at once, of every table', async t => {
  const select = {
    patients: 'select file_no, record_no, sex as gender from people',
    visits: 'select file_no, record_no, day as visit_date from stays',
  }
  const error = await t.throwsAsync(tryDay(t, { ...clean, select }), { name: 'UsageError' })
  t.regex(error.message, /patients\.sql: The SELECT for patients must yield patient_id: the column is required\./)
  t.regex(
    error.message,
    /visits\.sql: The SELECT for visits must yield patient_id, visit_id: the columns are required\./,
  )
})

test('rows are given only where they are asked for', async t => {
  const day: Day = { ...clean, people: ['P1,1960-02-03,male', 'P2,1970-02-03,robot'] }
  t.notRegex(JSON.stringify(await tryDay(t, day)), /P1|robot/)
  const [patients] = (await tryDay(t, { ...day, exampleRows: 1 })).tables
  t.deepEqual(patients?.examples, [
    { rule: null, row: { patient_id: 'P1', birth_date: '1960-02-03', gender: 'male' } },
    { rule: 'gender.one_of', row: { patient_id: 'P2', birth_date: '1970-02-03', gender: 'robot' } },
  ])
})
