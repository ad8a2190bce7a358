import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readDictionary } from '../../pipelines/operate/dictionary/dictionary.ts'
import { pageMarkdown } from '../../pipelines/operate/dictionary/page.ts'
import { pageOf } from '../../pipelines/operate/dictionary/pages.ts'
import { shippedSources } from '../../pipelines/source/load-source.ts'
import { tablesDoc } from '../../scripts/tables-doc.mjs'
import { root } from '../helpers/cli.ts'

test('docs/tables.md is what the dictionary says', async t => {
  const { tables } = await readDictionary([shippedSources], problem => t.fail(problem))
  const text = await tablesDoc({ tables, pageOf, pageMarkdown })
  const written = readFileSync(join(root, 'docs/tables.md'), 'utf8')
  t.true(written === text, 'docs/tables.md is not what the dictionary says; run: npm run docs')
})
