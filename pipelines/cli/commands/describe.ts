import { Command, Option } from 'commander'
import { findEntry, readDictionary } from '../../operate/dictionary/dictionary.ts'
import { pageMarkdown, pageText } from '../../operate/dictionary/page.ts'
import { pageOf } from '../../operate/dictionary/pages.ts'
import { readSettings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { terminalWidth } from './for-people.ts'
import { printJson } from './print-json.ts'

interface DescribeFlags extends CommonFlags {
  readonly json?: boolean
  readonly markdown?: boolean
}

/** `caseload describe <name>` */
export function describeCommand(): Command {
  return withCommonFlags(new Command('describe'))
    .description(
      'Describe a source, a table or a view: its grain, columns, types, allowed values, rules and PHI tags, and who fills it. ' +
        'It opens no database.',
    )
    .argument(
      '<name>',
      'such as icu, visits or current_visits; store.visits, clinical.<view>, mart.<view> and sources/<source> say which',
    )
    .option('--json', 'print one JSON object')
    .addOption(new Option('--markdown', 'print a page of Markdown').conflicts('json'))
    .addHelpText(
      'after',
      '\nExamples:\n  caseload describe visits\n  caseload describe current_visits --markdown > current_visits.md\n' +
        '  caseload describe store.patients --json\n\ncaseload migrate and caseload views write the same descriptions to the ' +
        'database as comments, for the tools that show them.',
    )
    .action(async (name: string, flags: DescribeFlags) => {
      const { sourceFolders } = readSettings(flags, process.env, process.cwd())
      const log = commandLog(flags)
      const dictionary = await readDictionary(sourceFolders, problem => {
        log.warn('describe', problem)
      })
      const entry = findEntry(dictionary, name)
      if (flags.json === true) printJson(entry)
      else if (flags.markdown === true) process.stdout.write(pageMarkdown(pageOf(entry)))
      else process.stdout.write(pageText(pageOf(entry), terminalWidth()))
    })
}
