import { join, relative } from 'node:path'
import { countText } from '../../platform/count-text.ts'
import { textTable } from '../../platform/text-table.ts'
import type { NewSource, NewSourceParts } from '../../scaffold/new-source.ts'
import type { TriedTable } from '../../scaffold/try-sample.ts'
import type { SourceUpdate } from '../../scaffold/update-source.ts'
import { tableStyle } from './for-people.ts'

/** What `new source` prints for people. */
export function summary({ name, date, root, kind }: NewSourceParts, made: NewSource): string {
  const where = relative(process.cwd(), root)
  const sql = join(where, 'sources', name)
  const next =
    kind === 'clone'
      ? ['npm run build', `npx caseload run ${name} ${date}`, `npm test -- test/sources/${name}.test.ts`]
      : [`npx caseload run ${name} ${date}`, 'npm test']
  return [
    ...list(
      'Removed, since the new source does not have them',
      made.removed.map(file => join(where, file)),
    ),
    `Made:\n${made.files.map(file => `  ${join(where, file)}\n`).join('')}\n`,
    'The SELECTs on the sample:\n',
    triedText(made.tried),
    ...(made.rejected > 0
      ? [
          `${countText(made.rejected, 'record')} cannot be read like the others: a run puts ${made.rejected === 1 ? 'it' : 'them'} in quarantine.\n`,
        ]
      : []),
    '\n',
    ...list('To do: required columns that nothing fills yet', made.missing),
    ...list('To do: columns that match by name, but not by their values', made.misfits),
    ...list('To do: dates whose day and month the sample does not tell apart', made.ambiguous),
    ...list('Numbers with a comma, to check', made.commas),
    ...(made.unmapped.length > 0 ? [`Not mapped yet: ${someOf(made.unmapped)}.\n`] : []),
    ...made.untimed.map(line => `${line}\n`),
    ...(made.unread.length > 0 ? [`Ignored fields: ${someOf(made.unread)}.\n`] : []),
    `Edit the SELECTs in ${sql}${sql.endsWith('/') ? '' : '/'}*.sql to map the rest.\n`,
    `Times without an offset are read as UTC: set the time zone of the feed in the class (zone, or zones by site).\n\n`,
    `Next:\n${next.map(line => `  ${line}\n`).join('')}`,
  ].join('')
}

/** A register has thousands of columns; the SELECTs list all of them. */
const mostNames = 30

function someOf(names: readonly string[]): string {
  const more = names.length - mostNames
  return more <= 0 ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${countText(more, 'more', 'more')}`
}

/** What `new source --update` prints for people. */
export function updateText({ files, paste, absent, undeclared, unmapped, commas, tried }: SourceUpdate): string {
  const isDone = [files, paste, absent, undeclared, unmapped].every(some => some.length === 0)
  if (isDone) return 'There is nothing to do: the source reads all of it.\n'
  return [
    ...list('Made', files),
    ...(tried.length === 0 ? [] : ['\nThe new SELECTs on the sample:\n', triedText(tried), '\n']),
    ...paste.map(({ file, lines }) => `Paste into ${file}:\n${lines.map(indented).join('')}`),
    ...list(
      'The source declares what the sample does not have',
      absent.map(({ input, field, selects }) =>
        [`${input}: ${field}`, selects.length === 0 ? '' : ` (in ${selects.join(', ')})`].join(''),
      ),
    ),
    ...list('New in the sample, and not to be declared as it is', undeclared),
    ...list('Numbers with a comma, to check', commas),
    ...(unmapped.length > 0 ? [`Not mapped yet: ${someOf(unmapped)}.\n`] : []),
    ...(files.length > 0 ? ['The source loads again once its class names the new tables.\n'] : []),
  ].join('')
}

/** The lines below their heading, as deep as they are in the file or deeper. */
const indented = (text: string): string =>
  text
    .split('\n')
    .map(line => (line.trim() === '' ? '\n' : `  ${line}\n`))
    .join('')

function triedText(tried: readonly TriedTable[]): string {
  const rows = tried.map(({ table, rows: count, inOrder, removed, removedBy, broken, dropped }) => {
    const bad = broken.reduce((sum, one) => sum + one.rows, 0)
    const why = [
      ...broken.slice(0, 3).map(one => `${one.rows} ${one.rule}`),
      ...removedBy.slice(0, 3).map(one => `${one.rows} removed by ${one.rule}`),
      ...dropped.slice(0, 3).map(one => `${countText(one.rows, 'value')} dropped by ${one.rule}`),
    ]
    return [table, count, inOrder, bad, removed, why.join(', ')]
  })
  return textTable(['table', 'rows', 'valid', 'invalid', 'removed', 'rules'], rows, tableStyle())
}

const list = (title: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`${title}:\n${names.map(one => `  ${one}\n`).join('')}`]
