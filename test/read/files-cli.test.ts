import { gzipSync } from 'node:zlib'
import test from 'ava'
import { declareWard } from '../system/delivery/ward.ts'
import { testLanding } from '../helpers/landing.ts'

const windows = `inputs = Object.fromEntries(
  Object.entries(new WardBase().inputs).map(([name, input]) => [name, { ...input, encoding: 'windows-1252' }]),
)`

test('a file that may be UTF-8 after all warns when it is loaded, and whenever the batch is checked again', async t => {
  const ward = await declareWard(t, windows)
  ward.deliver('2023-05-01', { patients: [{ patient_id: 'P1', name: 'Jörg Sample' }] })
  const done = await ward.run('2023-05-01')
  t.is(done.code, 0, done.stderr)
  const words =
    /patients file_encoding: declared as windows-1252, but valid UTF-8 with bytes over 127: ward\/20230501\/patients\.csv/
  t.regex(done.stderr, words)
  t.is(done.stderr.match(/file_encoding/g)?.length, 1)
  t.regex(done.stdout, /1 quality rule warns/)
  const again = await ward.call('check', 'ward', '2023-05-01')
  t.is(again.code, 0, again.stderr)
  t.regex(again.stdout, /file_encoding\s+patients\s+warn\s+warn/)
  const kept = "select checks_warned from clinical.data_quality_summary where table_name = 'patients'"
  t.deepEqual(await ward.lines(kept), ['1'])

  ward.deliver('2023-05-02', { patients: [{ patient_id: 'P2', name: 'Robin Sample' }] })
  t.notRegex((await ward.run('2023-05-02')).stderr, /file_encoding/)
})

test('a gzip that DuckDB takes for none is loaded record by record; the same file unpacked beside it is refused', async t => {
  const ward = await declareWard(t)
  const landing = testLanding(t)
  const second = gzipSync('P2,Robin Sample\n')
  // A comment in the header of the second member: DuckDB fails while the rows stream.
  const commented = [second.subarray(0, 3), Buffer.from([16]), second.subarray(4, 10), Buffer.from('by hand\0')]
  const packed = Buffer.concat([gzipSync('patient_id,name\nP1,Avery Sample\n'), ...commented, second.subarray(10)])
  landing.write('ward/20230501/patients.csv.gz', packed)
  landing.write('ward/20230501/visits.csv', 'patient_id,visit_id,visit_date\n')
  const done = await ward.run('2023-05-01', '--landing', landing.root)
  t.is(done.code, 0, done.stderr)
  const loaded = (): Promise<readonly string[]> =>
    ward.lines('select patient_id, name from store.patients order by patient_id')
  t.deepEqual(await loaded(), ['P1 Avery Sample', 'P2 Robin Sample'])

  landing.write('ward/20230501/patients.csv', 'patient_id,name\nP1,Newer Sample\n')
  const twins = await ward.run('2023-05-01', '--landing', landing.root)
  t.is(twins.code, 3)
  t.regex(twins.stderr, /in one form, found patients\.csv beside patients\.csv\.gz\. Take one of them out/)
  t.deepEqual(await loaded(), ['P1 Avery Sample', 'P2 Robin Sample'])
})
