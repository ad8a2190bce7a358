import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ledgerAlone } from '../../pipelines/ledger/status.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { drawReport } from '../../pipelines/report/draw/draw-report.ts'
import { packPages } from '../../pipelines/report/draw/pack.ts'
import { buildReport } from '../../pipelines/report/build-report.ts'
import { writePage } from '../../pipelines/report/write-page.ts'
import { shippedSources } from '../../pipelines/source/load-source.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { unpacked } from './unpacked.ts'
import { makeWorld } from './world.ts'

const options = {
  sourceFolders: [shippedSources],
  workRoot: tmpdir(),
  sources: [],
  from: undefined,
  to: undefined,
  internal: false,
  now: new Date('2023-06-02T12:00:00Z'),
}

test('the page names the hash of all that it runs, and nothing that it loads', async t => {
  const { url } = await testDatabase(t)
  const page = await withSession(url, async session => {
    await makeWorld(session, { sources: 3, days: 40, last: '2023-05-31' })
    const landedDays = () => Promise.resolve(new Set<string>())
    return drawReport(await buildReport(options, { session, checks: ledgerAlone, landedDays, warn: () => undefined }))
  })
  const sha = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`
  const inside = (tag: string): readonly string[] =>
    [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(([, text = '']) => text)
  t.is(inside('style').length, 1)
  t.is(inside('script').length, 1)
  for (const text of [...inside('style'), ...inside('script')]) t.true(page.includes(`'${sha(text)}'`))
  t.regex(page, /Content-Security-Policy" content="default-src 'none';/)
  const markup = page.replaceAll(/<(style|script)>[^]*?<\/\1>/g, '')
  t.notRegex(markup, / style=| on[a-z]+=|<iframe|<link rel=(?!"icon" href="data:,")|<img|https?:\/\//)
  t.notRegex(inside('style').join(''), /@import|url\(/)
  t.notRegex(page, /qzvx/i)
  const addresses = new Set([...page.matchAll(/<section id="?([^" >]+)/g)].map(([, id = '']) => id))
  const targets = [...page.matchAll(/href="?#(\/[^" >]*)/g)].map(([, to = '']) => to)
  t.true(targets.length > 300)
  t.deepEqual(
    targets.filter(to => !addresses.has(to)),
    [],
  )
  const ids = [...page.matchAll(/ id="?([^" >]+)/g)].map(([, id = '']) => id)
  t.is(new Set(ids).size, ids.length)
})

test('a small report stands in its file as it is; of a large one the many pages are packed', t => {
  const page = (at: string, length: number) => ({ at, text: `<section id=${at}>${'x'.repeat(length)}</section>` })
  t.is(packPages([page('/', 10)], [page('/batch/a', 10)]).block, '')
  const { pages, block } = packPages([page('/', 10)], [page('/batch/a', 2_000_000)])
  t.is(pages, page('/', 10).text)
  t.true(block.length < 10_000)
  t.deepEqual(unpacked(block), page('/batch/a', 2_000_000).text)
})

test('the file is replaced at once, and a folder that is not there is named', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-report-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'report.html')
  writeFileSync(path, 'old')
  await writePage(path, 'new')
  t.is(readFileSync(path, 'utf8'), 'new')
  t.deepEqual(readdirSync(folder), ['report.html'])
  await t.throwsAsync(writePage(join(folder, 'none', 'report.html'), 'x'), {
    instanceOf: UsageError,
    message: /ENOENT/,
  })
  await t.throwsAsync(writePage(folder, 'x'), { instanceOf: UsageError })
  t.deepEqual(readdirSync(folder), ['report.html'])
})
