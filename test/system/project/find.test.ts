import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { findClone, findProject } from '../../../pipelines/platform/find-project.ts'
import { readSettings } from '../../../pipelines/source/settings.ts'
import { shippedSources } from '../../../pipelines/source/load-source.ts'
import { root as checkout } from '../../helpers/cli.ts'

function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'caseload-project-')))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const depends = JSON.stringify({ name: 'ward', dependencies: { caseload: '0.1.0' } })

test('the project is the nearest folder upwards whose package.json depends on caseload', t => {
  const folder = folderWith(t, {
    'package.json': depends,
    'inner/package.json': '{"name":"inner"}',
    'inner/deep/file': '',
    'broken/package.json': '{',
  })
  for (const cwd of ['.', 'inner', 'inner/deep', 'broken']) {
    t.is(findProject({}, join(folder, cwd))?.root, folder, cwd)
  }
  t.is(findProject({}, dirname(folder)), undefined)
  const dev = folderWith(t, { 'package.json': '{"devDependencies":{"caseload":"*"}}' })
  t.is(findProject({}, dev)?.root, dev)
  const marked = folderWith(t, { 'package.json': `\uFEFF${depends}` })
  t.is(findProject({}, marked)?.root, marked)
})

test('CASELOAD_PROJECT names it from anywhere, and must be there', t => {
  const folder = folderWith(t, { 'sources/x/x.js': '' })
  t.is(findProject({ CASELOAD_PROJECT: folder }, tmpdir())?.root, folder)
  const message = t.throws(() => findProject({ CASELOAD_PROJECT: 'nowhere' }, folder), { name: 'UsageError' }).message
  t.regex(message, /CASELOAD_PROJECT names .*nowhere, which does not exist/)
})

test('a clone of Caseload is no project, and an installed package is no clone', t => {
  t.is(findProject({}, join(checkout, 'sources')), undefined)
  t.is(`${findClone({}, join(checkout, 'sources', 'icu')) ?? ''}/`, checkout)
  const installed = folderWith(t, {
    'package.json': depends,
    'node_modules/caseload/package.json': '{"name":"caseload"}',
  })
  t.is(findClone({}, installed), undefined)
  t.is(findClone({}, join(installed, 'node_modules/caseload')), undefined)
})

test('in a project that lies in a clone, or that CASELOAD_PROJECT names, the clone is left alone', t => {
  const clone = folderWith(t, {
    'package.json': '{"name":"caseload"}',
    'pipelines/index.ts': '',
    'my-ward/package.json': depends,
    'my-ward/sources/x/x.js': '',
    'plain/package.json': '{"name":"plain"}',
  })
  const project = join(clone, 'my-ward')
  for (const cwd of [project, join(project, 'sources/x')]) {
    t.is(findClone({}, cwd), undefined, cwd)
    t.is(findProject({}, cwd)?.root, project, cwd)
  }
  t.is(findClone({}, join(clone, 'plain')), clone)
  t.is(findClone({ CASELOAD_PROJECT: project }, clone), undefined)
  t.is(findClone({ CASELOAD_PROJECT: '' }, clone), clone)
})

test('sources come from CASELOAD_SOURCES, then the project, then what is shipped; landing files from its data/', t => {
  const folder = folderWith(t, { 'package.json': depends, 'sources/x/x.js': '', 'more/y/y.js': '', 'sub/file': '' })
  const settings = readSettings({}, { CASELOAD_SOURCES: '../more' }, join(folder, 'sub'))
  t.deepEqual(settings.sourceFolders, [join(folder, 'more'), join(folder, 'sources'), shippedSources])
  t.is(settings.landing, join(folder, 'data'))
  t.is(readSettings({ landing: 'data' }, {}, join(folder, 'sub')).landing, join(folder, 'sub/data'))
  t.deepEqual(readSettings({}, {}, tmpdir()).sourceFolders, [shippedSources])
})
