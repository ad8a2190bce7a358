import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { initProject } from '../../scaffold/init.ts'
import { packageVersion } from '../../source/settings.ts'
import { shellWord } from '../../platform/shell-word.ts'

/** `caseload init [folder]` */
export function initCommand(): Command {
  return new Command('init')
    .description('Create a project folder for your own sources, tables, views and checks, next to the shipped ones.')
    .argument('[folder]', 'an empty folder, or one that does not exist yet', '.')
    .addHelpText('after', '\nExample:\n  caseload init my-hospital && cd my-hospital && npm install')
    .action((folder: string) => {
      const root = resolve(folder)
      const files = initProject(root, packageVersion())
      const where = relative(process.cwd(), root)
      process.stdout.write(
        [
          `Made:\n${files.map(file => `  ${join(where, file)}\n`).join('')}\nNext:\n`,
          where === '' ? '' : `  cd ${shellWord(where)}\n`,
          '  npm install                  (or npm install <tarball>, if you have caseload as a tarball)\n',
          '  npx caseload new source <name> --from <sample>\n',
        ].join(''),
      )
    })
}
