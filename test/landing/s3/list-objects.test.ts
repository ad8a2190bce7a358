import test from 'ava'
import { claimFiles, requireDeclared } from '../../../pipelines/landing/delivery/claim-files.ts'
import { requireQuiet } from '../../../pipelines/landing/delivery/complete.ts'
import { listingOf } from '../../../pipelines/landing/s3/list-objects.ts'
import type { Listing } from '../../../pipelines/landing/s3/objects.ts'
import { MissingInputError, NoDeliveryError, RefusedError } from '../../../pipelines/platform/errors.ts'
import { parseS3 } from '../../../pipelines/platform/s3-location.ts'
import { csv } from '../../../pipelines/source/inputs.ts'

const location = parseS3('s3://wards/landing')
const batch = { source: 'ward', date: '2023-05-01' }
const declared = {
  inputs: { vitals: csv({ files: ['vitals_*.csv'], columns: ['a'] }) },
  ignored: ['*.txt'],
  ready: { quietSeconds: 60 },
}
const modified = new Date('2023-05-01T08:00:00Z')
const below = (name: string): string => `landing/ward/20230501/${name}`
const stored = (names: readonly string[], prefixes: readonly string[] = []): Listing => ({
  objects: names.map(name => ({ key: below(name), bytes: 4, etag: `etag of ${name}`, modified })),
  prefixes: prefixes.map(below),
})
const listed = (names: readonly string[], prefixes?: readonly string[]) =>
  listingOf(location, batch, stored(names, prefixes))

test('objects are the entries of a folder, sorted by name, and the object of the prefix itself is none', t => {
  const { place, entries } = listed(['vitals_2.csv', '', 'vitals_1.csv'])
  t.is(place, 's3://wards/landing/ward/20230501')
  t.deepEqual(
    entries.map(entry => entry.name),
    ['vitals_1.csv', 'vitals_2.csv'],
  )
  t.like(entries[0], { bytes: 4, modified: modified.getTime(), identity: 'etag of vitals_1.csv', path: undefined })
})

test('a prefix without any object is no delivery', t => {
  t.throws(() => listed([]), { instanceOf: NoDeliveryError, message: /below s3:\/\/wards\/landing\/ward\/20230501\/,/ })
})

test('a name that no file can have, or that occurs twice, is refused', t => {
  for (const name of ['..', 'a\0', 'é'.repeat(128)]) t.throws(() => listed([name]), { instanceOf: RefusedError })
  t.notThrows(() => listed(['é'.repeat(127)]))
  t.throws(() => listed([], ['/']), { instanceOf: RefusedError, message: /found an empty name/ })
  t.throws(() => listed(['deeper'], ['deeper/']), { instanceOf: RefusedError, message: /found deeper/ })
})

test('the rules for folders hold for objects, in words of the store', t => {
  const claim = (names: readonly string[], prefixes?: readonly string[]) =>
    claimFiles(listed(names, prefixes), batch, declared)
  const { files, unclaimed } = claim(['vitals_1.csv', 'note.txt', 'other.csv', '.hidden'], ['.tmp/'])
  t.deepEqual(
    files.map(({ input, name }) => [input, name]),
    [['vitals', 'ward/20230501/vitals_1.csv']],
  )
  t.deepEqual(unclaimed, ['other.csv'])
  const place = 's3://wards/landing/ward/20230501'
  const refused = (names: readonly string[], prefixes: readonly string[], message: string): void => {
    const error = t.throws(() => claim(names, prefixes), { instanceOf: RefusedError })
    t.true(error.message.includes(message), error.message)
  }
  refused(['vitals_1.csv'], ['deeper/'], `only plain files in ${place}, found a folder: deeper.`)
  refused(['vitals_1.csv', 'vitals_\n.csv'], [], `only plain files in ${place}, found a name that is not plain`)
  refused(['vitals_1.csv', 'vitals_1.csv.gz'], [], `each file of ${place} in one form`)
  t.throws(() => claim(['note.txt']), {
    instanceOf: MissingInputError,
    message: /in s3:\/\/wards.*, found no such file/,
  })
})

test('the error names a file that differs from a declared name in upper and lower case only', t => {
  const inputs = { ...declared.inputs, meds: csv({ files: ['meds.csv'], columns: ['a'], presence: 'optional' }) }
  const all = { ...declared, inputs }
  const message = (...names: readonly string[]): string =>
    t.throws(
      () => {
        requireDeclared(claimFiles(listed(['vitals_1.csv', ...names]), batch, all), all)
      },
      { instanceOf: RefusedError },
    ).message
  const advice = 'Take them out, or let the source declare them as inputs or as ignored.'
  const rename = 'from what the source declares: rename the file, or declare its name.'
  t.true(
    message('Meds.CSV.gz', 'notes.md').endsWith(
      `: Meds.CSV.gz, notes.md. ${advice} Meds.CSV.gz differs in upper and lower case only ${rename}`,
    ),
  )
  t.true(
    message('MEDS.csv', 'Vitals_2.csv').endsWith(
      ` MEDS.csv, Vitals_2.csv differ in upper and lower case only ${rename}`,
    ),
  )
  // The name that the other one would get is taken.
  t.true(message('Meds.csv', 'meds.csv').endsWith(`: Meds.csv. ${advice}`))
})

test('the quiet age of objects is counted from the newest one', t => {
  const landing = claimFiles(listed(['vitals_1.csv']), batch, declared)
  const after = (seconds: number): Date => new Date(modified.getTime() + seconds * 1000)
  t.throws(
    () => {
      requireQuiet(landing, declared.ready, after(41.5))
    },
    {
      instanceOf: MissingInputError,
      message: /for 60 s, but vitals_1\.csv came 41 s ago\. Run the batch again in 19 s\./,
    },
  )
  t.notThrows(() => {
    requireQuiet(landing, declared.ready, after(60))
  })
})
