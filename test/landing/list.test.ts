import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { MissingInputError, RefusedError, UsageError } from '../../pipelines/platform/errors.ts'
import { quoteName } from '../../pipelines/platform/file-name.ts'
import { csv, json } from '../../pipelines/source/inputs.ts'
import type { Landing } from '../../pipelines/landing/delivery/claim-files.ts'
import { listLanding, type OtherFiles, type TestLanding, testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const at = (name: string): string => `ward/20230501/${name}`
const input = (...files: [string, ...string[]]): ReturnType<typeof csv> => csv({ files, columns: ['a'] })
const vitals = { vitals: input('vitals_*.csv') }
const list = (root: string, inputs = vitals, others?: OtherFiles): Promise<Landing> =>
  listLanding(root, batch, inputs, others)

/** A landing with one good file. */
function delivered(t: ExecutionContext): TestLanding & { readonly folder: string } {
  const landing = testLanding(t)
  landing.write(at('vitals_1.csv'), 'a\n1\n')
  return { ...landing, folder: join(landing.root, 'ward/20230501') }
}

test('files are claimed by input and sorted by name, packed or not', async t => {
  const landing = delivered(t)
  landing.write(at('vitals_0.csv.gz'), '')
  landing.write(at('people_20230501.csv'), '')
  landing.write(at('people_20230502.csv'), '')
  const { files, unclaimed } = await listLanding(landing.root, batch, { ...vitals, people: input('people_{date}.csv') })
  t.deepEqual(
    files.map(({ input: by, name, gzip }) => [by, name, gzip]),
    [
      ['vitals', at('vitals_0.csv.gz'), true],
      ['vitals', at('vitals_1.csv'), false],
      ['people', at('people_20230501.csv'), false],
    ],
  )
  t.deepEqual(unclaimed, ['people_20230502.csv'])
})

test('a file that differs in upper and lower case only is named where the expected one is missing', async t => {
  const landing = testLanding(t)
  for (const name of ['Visits.CSV.gz', 'visits.csv_old', 'people.txt']) landing.write(at(name), '')
  const inputs = { visits: input('visits.csv') }
  await t.throwsAsync(listLanding(landing.root, batch, inputs), {
    instanceOf: MissingInputError,
    message:
      /^Expected visits\.csv .* found no such file, but Visits\.CSV\.gz, which differs in upper and lower case only: rename the file/,
  })
  await t.throwsAsync(listLanding(landing.root, batch, { visits: input('stays_*.csv') }), {
    instanceOf: MissingInputError,
    message: / found no such file\.$/,
  })
})

test('one file in two forms is refused, whatever its format', async t => {
  const people = json({ files: ['people*.json', 'people*.ndjson'], record: {} })
  const inputs = {
    vitals: input('vitals_*.csv', '*.txt', 'vitals_*.tsv'),
    people: { ...people, presence: 'optional' },
  } as const
  const pairs = [
    ['vitals_1.csv', 'vitals_1.csv.gz'],
    ['vitals_1.csv', 'vitals_1.parquet'],
    ['vitals_1.csv.gz', 'vitals_1.parquet'],
    ['list.txt', 'list.txt.gz'],
    ['vitals_1.tsv', 'vitals_1.tsv.gz'],
    ['people.json', 'people.json.gz'],
    ['people.ndjson', 'people.ndjson.gz'],
  ]
  for (const [one = '', other = ''] of pairs) {
    const landing = testLanding(t)
    const { root } = landing
    for (const name of ['vitals_0.csv.gz', 'vitals_10.csv', one]) landing.write(at(name), '')
    t.is((await listLanding(root, batch, inputs)).files.length, 3)
    landing.write(at(other), '')
    const error = await t.throwsAsync(listLanding(root, batch, inputs), { instanceOf: RefusedError })
    t.true(error.message.includes(`found ${quoteName(one)} beside ${quoteName(other)}. Take one of them out.`))
  }
})

test('a required input without a file is missing, an optional one is not', async t => {
  const { root } = delivered(t)
  const people = input('people.csv')
  await t.throwsAsync(listLanding(root, batch, { ...vitals, people }), {
    instanceOf: MissingInputError,
    message: /Expected people\.csv \(or \.gz\)/,
  })
  const { files } = await listLanding(root, batch, { ...vitals, people: { ...people, presence: 'optional' } })
  t.is(files.length, 1)
})

test('marker, manifest and ignored files are neither read nor unclaimed', async t => {
  const landing = delivered(t)
  for (const name of ['vitals_list.csv', 'done_20230501', 'readme.txt']) landing.write(at(name), '')
  const ready = { marker: 'done_{date}', manifest: 'vitals_list.csv' }
  const { files, unclaimed, entries } = await list(landing.root, vitals, { ignored: ['read*'], ready })
  t.deepEqual(
    files.map(file => file.name),
    [at('vitals_1.csv')],
  )
  t.deepEqual(unclaimed, [])
  t.is(entries.length, 4)
  t.deepEqual([...(await list(landing.root)).unclaimed].sort(), ['done_20230501', 'readme.txt'])
})

test('what an input claims is read although a pattern of ignored files fits too', async t => {
  const { root } = delivered(t)
  t.is((await list(root, vitals, { ignored: ['*'], ready: {} })).files.length, 1)
})

test('hidden files count for nothing, and no star takes them', async t => {
  const landing = delivered(t)
  for (const name of ['.DS_Store', '._vitals_1.csv', '.vitals_2.csv.Xb2k1']) landing.write(at(name), '')
  const { files, unclaimed } = await list(landing.root, { vitals: input('*') })
  t.is(files.length, 1)
  t.deepEqual(unclaimed, [])
})

test('a file that two inputs claim is an error of the source', async t => {
  const { root } = delivered(t)
  await t.throwsAsync(listLanding(root, batch, { ...vitals, all: input('*.csv') }), {
    instanceOf: UsageError,
    message: /vitals and all both claim vitals_1\.csv/,
  })
})

test('a pattern that could never match is an error of the source', async t => {
  const { root } = delivered(t)
  await t.throwsAsync(list(root, { vitals: input('../vitals_*.csv') }), { instanceOf: UsageError })
  await t.throwsAsync(list(root, { vitals: input('done') }, { ignored: [], ready: { marker: 'done' } }), {
    instanceOf: UsageError,
    message: /marker or manifest/,
  })
})

test('a landing folder that is not there, or is none, is missing', async t => {
  const { root } = testLanding(t)
  await t.throwsAsync(list(root), { instanceOf: MissingInputError, message: /it is not there/ })
  mkdirSync(join(root, 'ward'))
  t.is(spawnSync('mkfifo', [join(root, at(''))]).status === 0, false)
  t.is(spawnSync('mkfifo', [join(root, 'ward/20230501')]).status, 0)
  await t.throwsAsync(list(root), { instanceOf: MissingInputError, message: /it is not a folder/ })
})

test('a name with control characters is refused in one line', async t => {
  for (const name of ['vitals_\n2023 info all is well.csv', 'vitals_\u001b[2J.csv', 'other\r', 'vitals_\u2028.csv']) {
    const { root, folder } = delivered(t)
    writeFileSync(join(folder, name), '')
    const { message } = await t.throwsAsync(list(root), { instanceOf: RefusedError })
    t.notRegex(message, /[\p{Cc}\p{Zl}]/u)
    t.regex(message, /"(?:vitals_|other)\\u\{/)
  }
})

test('a name that is not UTF-8 is refused', async t => {
  const { root, folder } = delivered(t)
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/vitals_`), Buffer.from([0xff]), Buffer.from('.csv')]), '')
  await t.throwsAsync(list(root), { instanceOf: RefusedError, message: /not plain UTF-8/ })
})

/** The name that a quoted one stands for. */
const unquoted = (text: string): string =>
  text
    .slice(1, -1)
    .replaceAll(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_, hex: string | undefined, char: string) =>
      hex === undefined ? char : String.fromCodePoint(parseInt(hex, 16)),
    )

test('a name in a message is one printable line, and in quotes it tells the name exactly', t => {
  const name = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u001b', '\u202e', '{', '}', 'u') })
  fc.assert(
    fc.property(name, text => {
      const quoted = quoteName(text)
      t.notRegex(quoted, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      if (quoted !== text) t.is(unquoted(quoted), text)
    }),
  )
})
