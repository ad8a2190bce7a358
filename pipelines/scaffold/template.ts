import { readFileSync } from 'node:fs'
import { listText } from './literal-text.ts'

/**
 * Fills in a template.
 *
 * @param url of the file, `new URL('./templates/source.ts.tmpl', import.meta.url)`
 * @param values the text for each `{{name}}`
 * @throws Error, a bug, if the template contains a name without a value
 */
export function fillTemplate(url: URL, values: Readonly<Record<string, string>>): string {
  return readFileSync(url, 'utf8').replaceAll(/\{\{([a-z]+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${url.pathname} names ${name}, which has no value`)
    return value
  })
}

/** The content of the test of a new source. */
export interface TestParts {
  readonly source: string
  /** `yyyy-mm-dd` of its sample. */
  readonly date: string
  readonly tables: readonly string[]
  /** Whether the test is for a clone of Caseload or for a project. */
  readonly kind: 'clone' | 'project'
}

/** Writes the test of a new source, formatted as prettier does at 120 columns, with single quotes and no semicolons. */
export function testText({ source, date, tables, kind }: TestParts): string {
  return fillTemplate(new URL(`./templates/${kind}.test.ts.tmpl`, import.meta.url), {
    source,
    date,
    tables: listText([...tables].sort(), { indent: 0, before: 'const filled = ', after: '' }),
  })
}
