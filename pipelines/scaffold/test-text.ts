import { fillTemplate } from './template.ts'
import { listText } from './literal-text.ts'

/** What stands in the test of a new source. */
export interface TestParts {
  readonly source: string
  /** `yyyy-mm-dd` of its sample. */
  readonly date: string
  readonly tables: readonly string[]
  /** Where it lies: among the tests of a clone of Caseload, or in a project. */
  readonly kind: 'clone' | 'project'
}

/** Writes the test of a new source, as prettier would leave it at 120 columns, single quotes and no semicolons. */
export function testText({ source, date, tables, kind }: TestParts): string {
  return fillTemplate(new URL(`./templates/${kind}.test.ts.tmpl`, import.meta.url), {
    source,
    date,
    tables: listText([...tables].sort(), { indent: 0, before: 'const filled = ', after: '' }),
  })
}
