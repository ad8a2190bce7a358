import { join, relative } from 'node:path'
import { Command } from 'commander'
import { declaredOf } from '../../landing/delivery/claim-files.ts'
import { openBatchLanding } from '../../landing/open-batch-landing.ts'
import { declarable } from '../../operate/fields/compare-fields.ts'
import { fieldsToPaste } from '../../operate/fields/fields-to-paste.ts'
import { type InputFields, listFields } from '../../operate/fields/list-fields.ts'
import { countText } from '../../platform/count-text.ts'
import { textTable } from '../../platform/text-table.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { writeFieldsFile } from '../../source/fields-file.ts'
import { loadSource, type Source } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { folderOfClass } from './folder-of-class.ts'
import { printJson } from './print-json.ts'

interface FieldsFlags extends CommonFlags {
  readonly write?: boolean
  readonly json?: boolean
}

/** `caseload fields <source> <date>` */
export function fieldsCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('fields')))
    .description(
      'Compare the fields and columns that a source declares with those of a delivery, by input: new, absent, declared and ' +
        'ignored ones. Reads the files and no database.',
    )
    .option(
      '--write',
      'add the new fields to the file beside the class that their input reads (fields: "fields.json"); for an input that reads ' +
        'none, print the lines to paste',
    )
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Names are printed, values never; of a name that looks like a value only the place and length are printed, and it is not written.
Columns that --write adds are optional, so that older deliveries still load. Published batches become stale.

Examples:
  caseload fields source_b 2023-05-01
  caseload fields source_b 2023-05-01 --write`,
    )
    .action(async (sourceName: string, dateText: string, flags: FieldsFlags) => {
      const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
      const { landing, sourceFolders, workRoot } = readSettings(flags, process.env, process.cwd())
      const source = await loadSource(batch.source, sourceFolders)
      const delivery = await openBatchLanding({
        landing,
        batch,
        declared: declaredOf(source),
        signal: new AbortController().signal,
        onProgress: () => undefined,
      })
      const listed = await listFields(source, delivery, workRoot)
      const written = flags.write === true ? declareNew(source, listed) : []
      if (flags.json === true) printJson(listed)
      else process.stdout.write(tableOf(listed))
      for (const line of written) (flags.json === true ? process.stderr : process.stdout).write(`${line}\n`)
    })
}

function tableOf(listed: readonly InputFields[]): string {
  const rows = listed.flatMap(({ input, fields }) =>
    fields.map(({ field, state, files, note }) => [input, field, state, files, note]),
  )
  return textTable(['input', 'field', 'state', 'files', 'note'], rows)
}

/** Writes or prints the new fields. @returns what was done, in lines */
function declareNew({ name, folder, transformer }: Source, listed: readonly InputFields[]): readonly string[] {
  const lines = listed.flatMap(({ input: inputName, fields }) => {
    const input = transformer.inputs[inputName]
    const added = declarable(fields)
    if (input === undefined || added.length === 0) return []
    if (input.fields === undefined) return [`Paste into the class: ${fieldsToPaste(inputName, input, added)}`]
    const target = folderOfClass(name, folder)
    writeFieldsFile(target, input.fields, { [inputName]: added })
    const path = relative(process.cwd(), join(target, input.fields))
    return [`Added ${countText(added.length, 'field')} of ${inputName} to ${path}.`]
  })
  return lines.length === 0 ? ['There is no new field to declare.'] : lines
}
