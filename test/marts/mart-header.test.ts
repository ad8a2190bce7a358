import test from 'ava'
import { viewHeader } from '../../pipelines/ledger/view-header.ts'
import { martHeader } from '../../pipelines/marts/mart-header.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'

const view = (...lines: readonly string[]): string =>
  ['-- Grain: one row per visit. Reads store.visits.', ...lines, 'create or replace view clinical.x as select 1'].join(
    '\n',
  )

test('the header says by what a mart is computed, and its indexes', t => {
  const sql = view('-- materialized: by patient', '-- index: drug, started_on', '-- index: source')
  t.deepEqual(martHeader(sql, 'views/x.sql'), {
    kind: 'patient',
    monthOf: null,
    indexes: ['drug, started_on', 'source'],
  })
  t.is(martHeader(view('-- materialized: by patient and hour'), 'views/x.sql')?.kind, 'hour')
  t.is(martHeader(view('-- materialized: by person'), 'views/x.sql')?.kind, 'person')
  t.is(martHeader(view('-- materialized: whole'), 'views/x.sql')?.kind, 'whole')
  const byMonth = martHeader(view('-- materialized: by source and month of ended_on'), 'views/x.sql')
  t.deepEqual(byMonth, { kind: 'month', monthOf: 'ended_on', indexes: [] })
  t.is(martHeader(view('-- All stays are found once, materialized: by patient'), 'views/x.sql'), undefined)
})

test('people do not see these lines in the description of a view', t => {
  const { grain, notes } = viewHeader(view('-- materialized: by patient', '-- index: source'))
  t.is(grain, 'one row per visit')
  t.is(notes, 'Reads store.visits.')
})

test('a wrong line names the file and what is expected', t => {
  const wrong = (...lines: readonly string[]): string =>
    t.throws(() => martHeader(view(...lines), 'views/x.sql'), { instanceOf: UsageError }).message
  t.regex(wrong('-- materialized: by ward'), /^views\/x\.sql: .*by patient \| .*found "by ward"/)
  t.regex(wrong('-- materialized: whole', '-- materialized: by person'), /expected one line/)
  t.regex(wrong('-- materialized: by source and month of <column>'), /found "by source and month of <column>"/)
  t.regex(wrong('-- index: source'), /no line "-- materialized:"/)
  t.regex(wrong('-- materialized: whole', '-- index: lower(name)'), /expected names of columns/)
})
