import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { accessDoc } from '../../pipelines/ledger/access/access-words.ts'
import { rolesDoc } from '../../scripts/roles-doc.mjs'
import { root } from '../helpers/cli.ts'

test('the tables of docs/roles.md are what the code grants and proves', async t => {
  const written = readFileSync(join(root, 'docs/roles.md'), 'utf8')
  t.true((await rolesDoc(accessDoc())) === written, 'docs/roles.md is not what the code says; run: npm run docs')
})
