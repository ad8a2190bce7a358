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
