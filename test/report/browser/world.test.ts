import { statSync } from 'node:fs'
import anyTest, { type TestFn } from 'ava'
import type { Browser } from 'playwright-core'
import { go, openFile, startBrowser } from './browser.ts'
import { wholeText } from '../unpacked.ts'
import { textOf, worldReport, type Written } from './reports.ts'

const test = anyTest as TestFn<{ browser: Browser | undefined; year: Written }>

test.before(async t => {
  const year = await worldReport({ sources: 12, days: 365, last: '2026-05-31' })
  t.context = { browser: await startBrowser(), year }
})

test.after.always(async t => {
  await t.context.browser?.close()
  await t.context.year.remove()
})

/** All states but `running`, which needs a run. */
const states = [
  'published',
  'stale',
  'pinned',
  'dismissed',
  'failed',
  'refused',
  'incomplete',
  'not_delivered',
  'aborted',
  'overdue',
]

test('a day of every state is told in the calendar, and a click opens what there is of it', async t => {
  const { browser, year } = t.context
  const watched = await openFile(t, browser, year.file)
  if (watched === undefined) return
  const { page, said } = watched
  for (const state of states) {
    const days = year.report.sources.flatMap(source => source.days.map(day => ({ ...day, source: source.name })))
    const newest = days.filter(day => day.state === state).sort((a, b) => (a.date > b.date ? -1 : 1))[0]
    if (newest === undefined) {
      t.fail(state)
      continue
    }
    await go(page, '/')
    const row = year.report.sources.findIndex(source => source.name === newest.source)
    const column = Math.round((Date.parse(newest.date) - Date.parse(year.report.window?.from ?? '')) / 86_400_000)
    const position = { x: column * 14 + 7, y: 16 + row * 14 + 7 }
    await page.hover('section.shown svg.grid', { position })
    t.is(await page.innerText('#tip'), `${newest.source} ${newest.date}: ${state.replace('_', ' ')}`)
    await page.click('section.shown svg.grid', { position })
    const isPage = year.report.batches.some(batch => batch.source === newest.source && batch.date === newest.date)
    const at = isPage ? `/batch/${newest.source}/${newest.date}` : `/source/${newest.source}`
    await page.waitForFunction(to => document.querySelector('section.shown')?.id === to, at)
    const text = await page.innerText('section.shown')
    t.true(text.includes(state.replace('_', ' ')), `${state}: ${at}`)
  }
  t.deepEqual(said, [])
})

test('an officer finds the worst source of last week in three clicks', async t => {
  const { browser, year } = t.context
  const watched = await openFile(t, browser, year.file)
  if (watched === undefined) return
  const { page } = watched
  const week = '2026-05-25'
  const problems = (source: Written['report']['sources'][number]): number =>
    source.days.filter(day => day.date >= week && day.problem).length
  const most = Math.max(...year.report.sources.map(problems))
  // The first click opens the source; the second its newest bad month, the third the batch.
  await page.click('h2:has-text("worst of the last 7 days") + div tbody tr:first-child a')
  const name = (await page.evaluate(() => document.querySelector('section.shown')?.id))?.replace('/source/', '')
  const found = year.report.sources.find(source => source.name === name)
  t.true(most > 0)
  t.is(found === undefined ? 0 : problems(found), most)
  await page.click('section.shown details[id^="/month/"] summary')
  await page.click('section.shown details[open] a')
  t.regex(await page.innerText('section.shown h1'), new RegExp(`^${name ?? ''} 2026-05-`))
})

test('an old day without a page of its own opens the month of its source', async t => {
  const { browser, year } = t.context
  const watched = await openFile(t, browser, year.file, '/batch/icu__w00/2025-08-14')
  if (watched === undefined) return
  t.is(await watched.page.evaluate(() => document.querySelector('section.shown')?.id), '/source/icu__w00')
  t.true(await watched.page.isVisible('details[id="/month/icu__w00/2025-08"] pre'))
  const unknown = await openFile(t, browser, year.file, '/batch/nobody/2025-08-14')
  t.is(await unknown?.page.evaluate(() => document.querySelector('section.shown')?.id), '/')
})

test('nothing that people wrote is in the page of a year', t => {
  const said = wholeText(textOf(t.context.year))
  t.true(said.includes('home_monitoring__w11'))
  t.notRegex(said, /qzvx/i)
  t.notRegex(JSON.stringify(t.context.year.report), /qzvx/i)
})

test('50 sources of 400 days take at most 2 MB', async t => {
  const all = await worldReport({ sources: 50, days: 400, last: '2026-05-31' }, false)
  t.teardown(() => all.remove())
  const { size } = statSync(all.file)
  t.true(size <= 2_000_000, `${size} bytes`)
  const watched = await openFile(t, t.context.browser, all.file)
  const paint = await watched?.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
  t.log(`${size} bytes, written in ${(all.ms / 1000).toFixed(1)} s, first paint after ${Math.round(paint ?? 0)} ms`)
  if (watched !== undefined) {
    await go(watched.page, '/source/home_monitoring__w47')
    await go(watched.page, '/')
    t.deepEqual(watched.said, [])
  }
})
