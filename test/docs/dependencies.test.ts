import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers/cli.ts'

const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

test('docs/dependencies.md has each dependency at run time, its licence and a reason, and no other', t => {
  const { dependencies } = json('package.json') as { readonly dependencies: Readonly<Record<string, string>> }
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const rows = page.split('\n').flatMap(line => {
    const [, name = '', licence = '', reason = ''] = line.split('|').map(cell => cell.trim())
    return line.startsWith('|') && name !== 'package' && !/^-+$/.test(name) ? [{ name, licence, reason }] : []
  })
  t.deepEqual(
    rows.map(one => one.name),
    Object.keys(dependencies).sort(),
  )
  for (const { name, licence, reason } of rows) {
    const manifest = json(`node_modules/${name}/package.json`) as { readonly license: string }
    t.is(licence, manifest.license, name)
    t.true(reason.split(' ').length > 2, `${name} has no reason`)
  }
})
