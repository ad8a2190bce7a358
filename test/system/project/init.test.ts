import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { initProject } from '../../../pipelines/scaffold/init.ts'

test('the test script of a new project finds its tests on every Node, and none at first', t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-init-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  initProject(folder, '1.0.0')
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { test: string } }
  // Alone it finds caseload only in a registry.
  t.regex(readFileSync(join(folder, 'README.md'), 'utf8'), /^npm install .*npm install <tarball>/m)
  // Node 22 takes a folder's name for that of a module.
  t.is(scripts.test, 'node --test')
  const called = (): string => {
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined }
    const done = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, env, encoding: 'utf8' })
    t.is(done.status, 0, done.stdout + done.stderr)
    return /^# pass (\d+)$/m.exec(done.stdout)?.[1] ?? ''
  }
  t.is(called(), '0')
  writeFileSync(join(folder, 'test/ward.test.js'), `import { test } from 'node:test'\ntest('runs', () => {})\n`)
  t.is(called(), '1')
})
