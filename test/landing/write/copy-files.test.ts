import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload } from '../../helpers/cli.ts'

test('land copies declared files, lands the same again as nothing, and refuses another content with both hashes', async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-land-'))
  t.teardown(() => {
    rmSync(root, { recursive: true })
  })
  for (const folder of ['landing', 'feed']) mkdirSync(join(root, folder))
  const file = (name: string): string => join(root, 'feed', name)
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
  const land = (...names: readonly string[]): ReturnType<typeof caseload> =>
    caseload(['land', 'source_a', '2023-05-01', ...names.map(file), '--landing', join(root, 'landing')])
  const landed = join(root, 'landing', 'source_a', '20230501')
  writeFileSync(file('visit_events.json'), '[]')
  writeFileSync(file('other.txt'), 'x')

  const first = await land('visit_events.json')
  t.is(first.code, 0, first.stderr)
  t.is(first.stdout, `Landed ${join(landed, 'visit_events.json')} (SHA-256 ${hash('[]')})\n`)
  t.deepEqual(readdirSync(landed), ['visit_events.json'])
  const again = await land('visit_events.json')
  t.is(again.code, 0, again.stderr)
  t.regex(again.stdout, /^Unchanged /)

  writeFileSync(file('visit_events.json'), '[2]')
  const other = await land('visit_events.json')
  t.is(other.code, 3)
  t.true(other.stderr.includes(hash('[]')) && other.stderr.includes(hash('[2]')), other.stderr)
  t.is(readFileSync(join(landed, 'visit_events.json'), 'utf8'), '[]')

  const strange = await land('visit_events.json', 'other.txt')
  t.is(strange.code, 2, strange.stderr)
  t.regex(strange.stderr, /other\.txt/)
  t.deepEqual(readdirSync(landed), ['visit_events.json'])

  writeFileSync(file('visit_events.json'), '[]')
  mkdirSync(join(root, 'landing', 'source_a', '20230502'))
  writeFileSync(join(root, 'landing', 'source_a', '20230502', '.visit_events.json.part'), 'half')
  const busy = await caseload([
    'land',
    'source_a',
    '2023-05-02',
    file('visit_events.json'),
    '--landing',
    join(root, 'landing'),
  ])
  t.is(busy.code, 75, busy.stderr)
})

test('land reads the day of each file from its name, and lands all files or none', async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-land-'))
  t.teardown(() => {
    rmSync(root, { recursive: true })
  })
  for (const folder of ['landing', 'feed']) mkdirSync(join(root, folder))
  const landing = join(root, 'landing')
  const written = (name: string, text: string): string => {
    writeFileSync(join(root, 'feed', name), text)
    return join(root, 'feed', name)
  }
  const land = (pattern: string, ...files: readonly string[]): ReturnType<typeof caseload> =>
    caseload(['land', 'intake', '--day-from', pattern, ...files, '--landing', landing])
  const first = written('patient_intake_01052023.csv', 'a')
  const second = written('patient_intake_02052023.csv', 'b')
  const pattern = 'patient_intake_{ddMMyyyy}.csv'
  const landed = await land(pattern, first, second)
  t.is(landed.code, 0, landed.stderr)
  t.deepEqual(readdirSync(join(landing, 'intake')).sort(), ['20230501', '20230502'])

  writeFileSync(second, 'other')
  const third = written('patient_intake_03052023.csv', 'c')
  const refused = await land(pattern, third, second)
  t.is(refused.code, 3, refused.stderr)
  t.deepEqual(readdirSync(join(landing, 'intake')).sort(), ['20230501', '20230502'])

  const noDay = await land(pattern, third, written('patient_intake_31022023.csv', 'd'))
  t.is(noDay.code, 2)
  t.regex(noDay.stderr, /day of the calendar where .* has \{ddMMyyyy\}, found/)
  t.like(await land(pattern, third, written('patient_intake.csv', 'd')), { code: 2 })
  t.like(await land('*_{ddMMyyyy}.json', written('x_01052023.json', '[]')), { code: 2 })
  t.like(await land('patient_intake_{ddMM}.csv', third), { code: 2 })
  t.like(await land(pattern), { code: 2 })
  t.like(await land(pattern, written('patient_intake_01012999.csv', 'f')), { code: 2 })
  t.deepEqual(readdirSync(join(landing, 'intake')).sort(), ['20230501', '20230502'])
})
