import { Command } from 'commander'
import { listSettings } from '../../operate/settings/list-settings.ts'
import { redactor } from '../../platform/redact.ts'
import { textTable } from '../../platform/text-table.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'

/** The settings that a flag of this command sets. */
const settingsOfFlags = {
  landing: 'landing',
  logFormat: 'defaults.logFormat',
  quiet: 'defaults.quiet',
} as const

/** `caseload config` */
export function configCommand(): Command {
  return withCommonFlags(new Command('config'))
    .description(
      'Show every setting, its value and where the value comes from: a flag, a variable, caseload.json (or caseload in ' +
        'package.json) of the project, or the default, in this order. It opens no database and prints no password.',
    )
    .option('--json', 'print one JSON array with one object per setting: setting, value, from')
    .addHelpText('after', '\nExamples:\n  caseload config\n  caseload config --json')
    .action((flags: CommonFlags & { readonly json?: boolean }, command: Command) => {
      const given = Object.entries(settingsOfFlags).flatMap(([name, setting]) => {
        if (command.getOptionValueSource(name) !== 'cli') return []
        const option = command.options.find(one => one.attributeName() === name)
        return [[setting, { flag: option?.long ?? name, value: String(command.getOptionValue(name)) }] as const]
      })
      const redact = redactor(process.env)
      const settings = listSettings({ env: process.env, cwd: process.cwd(), flags: new Map(given) }).map(one => ({
        ...one,
        value: one.value === null ? null : redact(one.value),
      }))
      if (flags.json === true) printJson(settings)
      else {
        const rows = settings.map(({ setting, value, from }) => [setting, value, from])
        process.stdout.write(textTable(['setting', 'value', 'from'], rows, tableStyle()))
      }
    })
}
