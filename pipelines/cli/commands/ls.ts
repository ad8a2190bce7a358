import { Argument, Command } from 'commander'
import { readDictionary } from '../../operate/dictionary/dictionary.ts'
import { type Kind, kinds, listPages } from '../../operate/dictionary/list-pages.ts'
import { pageText } from '../../operate/dictionary/page.ts'
import { readSettings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { terminalWidth } from './for-people.ts'
import { printJson } from './print-json.ts'

/** `caseload ls [kind]` */
export function lsCommand(): Command {
  return withCommonFlags(new Command('ls'))
    .description('List the sources, tables and views: the shipped ones and those of your folder. It opens no database.')
    .addArgument(new Argument('[kind]', 'only these').choices(kinds))
    .option('--json', 'print one JSON object with a list for each kind')
    .addHelpText('after', '\nExamples:\n  caseload ls\n  caseload ls views\n  caseload ls tables --json')
    .action(async (kind: Kind | undefined, flags: CommonFlags & { readonly json?: boolean }) => {
      const { sourceFolders } = readSettings(flags, process.env, process.cwd())
      const log = commandLog(flags)
      const dictionary = await readDictionary(sourceFolders, problem => {
        log.warn('ls', problem)
      })
      const asked = kind === undefined ? kinds : [kind]
      if (flags.json === true) printJson(Object.fromEntries(asked.map(one => [one, dictionary[one]])))
      else {
        const pages = listPages(dictionary, asked).map(page => pageText(page, terminalWidth()))
        process.stdout.write(pages.join('\n'))
      }
    })
}
