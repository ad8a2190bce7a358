import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { countText } from '../platform/count-text.ts'
import { UsageError } from '../platform/errors.ts'
import { fillTemplate } from './template.ts'

/** Empty folders; each gets a .gitkeep, since git keeps only files. */
const emptyFolders = ['sources', 'tables', 'sql/checks', 'sql/rules', 'data', 'test']

const files: Readonly<Record<string, string>> = {
  'package.json': 'package.json.tmpl',
  'caseload.json': 'caseload.json.tmpl',
  '.gitignore': 'gitignore.tmpl',
  'README.md': 'README.md.tmpl',
  'views/batches_by_source.sql': 'batches_by_source.sql.tmpl',
}

/**
 * Makes a project: a folder with the user's sources, tables and views, where the installed package finds them.
 *
 * @param folder absolute; it is created if it does not exist
 * @param version of this package, for the project's dependencies
 * @returns the files that were written, as paths below the folder
 * @throws UsageError if the folder contains anything but a `.git`, or is a file
 */
export function initProject(folder: string, version: string): readonly string[] {
  requireEmpty(folder)
  const name = projectName(folder)
  const texts = [
    ...Object.entries(files).map(([path, template]) => ({
      path,
      text: fillTemplate(new URL(`./templates/${template}`, import.meta.url), { name, version }),
    })),
    ...emptyFolders.map(path => ({ path: `${path}/.gitkeep`, text: '' })),
  ]
  for (const { path, text } of texts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { flag: 'wx' })
  }
  return texts.map(({ path }) => path)
}

function requireEmpty(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) throw new UsageError(`Expected a folder at ${folder}, found a file. Name another folder.`)
  const inside = readdirSync(folder).filter(name => name !== '.git')
  if (inside.length === 0) return
  throw new UsageError(
    `Expected an empty folder, found ${countText(inside.length, 'file')} in ${folder}. Name a new one: caseload init ` +
      'my-project. In an existing project, add caseload to the dependencies and create a folder sources/.',
  )
}

/** The folder's name in a form that npm accepts. */
function projectName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return name === '' || name === 'caseload' ? 'my-caseload' : name
}
