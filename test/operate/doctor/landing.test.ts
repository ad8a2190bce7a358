import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import type { Finding } from '../../../pipelines/operate/doctor/finding.ts'
import { landing } from '../../../pipelines/operate/doctor/landing.ts'
import { type Entry, type LandingFacts, landingFacts } from '../../../pipelines/operate/doctor/landing-facts.ts'
import { landingNames, misnamed } from '../../../pipelines/operate/doctor/landing-names.ts'
import { testLanding } from '../../helpers/landing.ts'

const levels = (findings: readonly Finding[]): readonly string[] => findings.map(finding => finding.level)

/** A root that others can reach, whatever the mode of the folder for temporary files. */
function lookAt(root: string): LandingFacts {
  return { ...landingFacts(root), above: [] }
}

test('mode bits of root, source, day and file decide together who can read a delivery', t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-doctor-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  const file = join(root, 'icu', '20230501', 'signal.csv')
  mkdirSync(dirname(file), { recursive: true })
  mkdirSync(join(root, 'lost+found'))
  writeFileSync(file, 'synthetic')
  const found = (modes: readonly [root: number, source: number, day: number, file: number]): readonly Finding[] => {
    const paths = [root, join(root, 'icu'), dirname(file), file]
    paths.forEach((path, i) => {
      chmodSync(path, modes[i] ?? 0)
    })
    return landing(lookAt(root))
  }
  t.deepEqual(levels(found([0o755, 0o755, 0o755, 0o644])), ['warning'])
  t.regex(found([0o755, 0o755, 0o755, 0o644])[0]?.found ?? '', /1 source folder of 1 .* every user too: icu$/)
  t.regex(found([0o755, 0o750, 0o750, 0o640])[0]?.found ?? '', /by their group too: icu$/)
  t.deepEqual(levels(found([0o755, 0o700, 0o755, 0o644])), ['ok'])
  t.deepEqual(levels(found([0o700, 0o755, 0o755, 0o644])), ['ok'])
  // Nobody can list it, but who knows the name of the file can read that.
  t.deepEqual(levels(found([0o711, 0o711, 0o711, 0o644])), ['warning'])
  t.deepEqual(levels(found([0o711, 0o711, 0o711, 0o600])), ['ok'])
  chmodSync(root, 0o700)
  t.deepEqual(levels(landing({ ...lookAt(root), above: [entry('/srv', 0o755)] })), ['ok'])
})

test('a private folder above the root keeps everybody out', t => {
  const facts: LandingFacts = {
    path: '/srv/private/landing',
    root: entry('/srv/private/landing', 0o755),
    above: [entry('/', 0o755), entry('/srv', 0o755), entry('/srv/private', 0o700)],
    sources: [{ ...entry('/srv/private/landing/icu', 0o755), below: [], statics: [] }],
  }
  t.deepEqual(levels(landing(facts)), ['ok'])
  t.deepEqual(levels(landing({ ...facts, above: facts.above.slice(0, 2) })), ['warning'])
})

test('what we cannot read is an error that names a few sources and counts them all', t => {
  const closed = ['a', 'b', 'c', 'd', 'e'].map(name => ({
    ...entry(`/landing/${name}`, 0o700),
    readable: name === 'e',
    below: name === 'e' ? [{ ...entry('/landing/e/20230501', 0o000), readable: false }] : [],
    statics: [],
  }))
  const sources = [...closed, { ...entry('/landing/f', 0o700), below: [], statics: [] }]
  const [finding] = landing({ path: '/landing', root: entry('/landing', 0o755), above: [], sources })
  t.is(finding?.level, 'error')
  t.is(finding?.found, 'of 6 sources 5 cannot be read: a, b, c and 2 more')
  t.regex(finding?.remedy ?? '', /setfacl .*\/landing\/a$/)
  t.deepEqual(levels(landing({ path: '/landing', root: undefined, above: [], sources: [] })), ['error'])
  t.deepEqual(levels(landing(landingFacts('/nowhere/at/all'))), ['error'])
})

test('a source that delivered before and has no folder is a warning: the root may not be mounted', t => {
  const facts: LandingFacts = { path: '/landing', root: entry('/landing', 0o700), above: [], sources: [] }
  t.deepEqual(levels(landing(facts)), ['ok'])
  const [finding, ...others] = landing(facts, ['icu', 'source_a'])
  t.deepEqual([finding?.level, others.length], ['warning', 0])
  t.is(finding?.found, 'of 2 sources with published batches 2 have no folder below /landing: icu, source_a')
  const here = { ...facts, sources: [{ ...entry('/landing/icu', 0o700), below: [], statics: [] }] }
  t.regex(landing(here, ['icu', 'source_a'])[0]?.found ?? '', /of 2 .* 1 have no folder below \/landing: source_a$/)
  t.deepEqual(levels(landing(here, ['icu'])), ['ok'])
})

test('a landing root that is a file is an error', t => {
  const delivery = testLanding(t)
  delivery.write('export.csv', 'synthetic')
  const path = join(delivery.root, 'export.csv')
  const [finding] = landing(landingFacts(path))
  t.like(finding, { level: 'error', found: `${path} is not a folder` })
})

test('folders that no run ever looks into are named, with what helps', t => {
  const landing = testLanding(t)
  const { root } = landing
  const write = (folder: string): void => {
    landing.write(`${folder}/a.csv`, 'synthetic')
  }
  const known = ['icu', 'ward']
  for (const folder of ['icu/20230501', 'icu/static', 'icu__north/20230501', 'ward/.tmp', 'lost+found', '.snapshot/x'])
    write(folder)
  landing.write('README', '')
  t.deepEqual(misnamed(root, landingNames(root, known)), [])
  for (const folder of ['my ward/20230501', 'unknown_source/20230501', 'icu/2023-05-03', 'icu/new', 'icu/20230231'])
    write(folder)
  const [source, day, ...others] = misnamed(root, landingNames(root, known))
  t.deepEqual(others, [])
  t.like(source, {
    level: 'warning',
    found: `2 folders below ${root} are not named after a source and never read: my ward, unknown_source`,
  })
  t.like(day, {
    level: 'warning',
    found: `3 folders below ${root} are not named after a day and never read: icu/2023-05-03, icu/20230231, icu/new`,
    remedy: `rename to the day as yyyymmdd: mv ${root}/icu/2023-05-03 ${root}/icu/20230503`,
  })
  t.deepEqual(landingNames(root, undefined).noSource, ['my ward'], 'which sources there are is not known')
  t.deepEqual(misnamed('/nowhere', landingNames('/nowhere/at/all', known)), [])
})

test('a command that helps can be pasted, whatever the name of the folder', t => {
  const path = "/tmp/land sp'ace"
  const sources = [{ ...entry(`${path}/icu`, 0o755), below: [], statics: [] }]
  const [open] = landing({ path, root: entry(path, 0o755), above: [], sources })
  t.true(open?.remedy?.startsWith(`chmod 700 '/tmp/land sp'\\''ace' (or`), open?.remedy ?? '')
  const [day] = misnamed(path, { noSource: [], noDay: ['icu/2023-05-03'] })
  t.true(day?.remedy?.endsWith(`'/tmp/land sp'\\''ace/icu/20230503'`))
})

function entry(path: string, mode: number): Entry {
  return { path, mode, isFolder: true, readable: true }
}
