import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import anyTest, { type TestFn } from 'ava'
import type { AxeResults } from 'axe-core'
import type { Browser } from 'playwright-core'
import { go, openFile, startBrowser } from './browser.ts'
import { samplesReport, textOf, type Written } from './reports.ts'

const test = anyTest as TestFn<{ browser: Browser | undefined; samples: Written }>

test.before(async t => {
  t.context = { browser: await startBrowser(), samples: await samplesReport() }
})

test.after.always(async t => {
  await t.context.browser?.close()
  await t.context.samples.remove()
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** One page of each kind. */
const kinds = [
  '/',
  '/sources',
  '/dictionary',
  '/lineage',
  '/quality',
  '/search',
  '/source/icu',
  '/batch/icu/2023-05-01',
  '/batch/source_a/2023-05-03',
  '/table/visits',
  '/view/readmissions',
]

test('every page opens and is the only one that shows; the console is silent and nothing is loaded', async t => {
  const { browser, samples } = t.context
  const watched = await openFile(t, browser, samples.file)
  if (watched === undefined) return
  const { page, said } = watched
  const addresses = await page.evaluate(() =>
    Array.from(document.querySelectorAll('main > section'), section => section.id),
  )
  t.true(addresses.length > 80)
  for (const kind of kinds) t.true(addresses.includes(kind), kind)
  for (const at of addresses) {
    await go(page, at)
    const seen = await page.evaluate(() => {
      const visible = Array.from(document.querySelectorAll<HTMLElement>('main > section')).filter(
        one => one.offsetParent !== null,
      )
      return { shown: visible.map(one => one.id), title: document.title, focus: document.activeElement?.tagName }
    })
    t.deepEqual(seen.shown, [at])
    // Where the page opens, the focus stays at its start.
    if (at !== '/') t.is(seen.focus, 'H1', at)
    if (at !== '/') t.regex(seen.title, / · Caseload/)
  }
  await page.goBack()
  t.deepEqual(said, [])
})

test('every link leads to a page, and every detail opens', async t => {
  const { browser, samples } = t.context
  const watched = await openFile(t, browser, samples.file)
  if (watched === undefined) return
  const { page, said } = watched
  for (const at of kinds) {
    await go(page, at)
    const count = await page.evaluate(() => {
      const all = Array.from(document.querySelectorAll('section.shown details'))
      for (const one of all) one.setAttribute('open', '')
      return all.length
    })
    t.true(count >= 0)
  }
  const dead = await page.evaluate(() =>
    Array.from(document.querySelectorAll('main a'), link =>
      decodeURIComponent(link.getAttribute('href')?.slice(1) ?? ''),
    ).filter(to => document.getElementById(to) === null),
  )
  t.deepEqual(dead, [])
  t.deepEqual(said, [])
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious, ${scheme}`, async t => {
    const { browser, samples } = t.context
    const watched = await openFile(t, browser, samples.file, '/', { scheme })
    if (watched === undefined) return
    const { page } = watched
    await page.evaluate(axe)
    for (const at of kinds) {
      await go(page, at)
      const found = await page.evaluate(async () => {
        const run = (window as unknown as { axe: { run: (place: object, options: object) => Promise<AxeResults> } }).axe
          .run
        const { violations } = await run(
          { include: [['header'], ['section.shown'], ['footer']] },
          { resultTypes: ['violations'] },
        )
        return violations
          .filter(one => one.impact === 'serious' || one.impact === 'critical')
          .map(
            one =>
              `${one.id}: ${one.nodes
                .slice(0, 3)
                .map(node => node.html.slice(0, 200))
                .join(' | ')}`,
          )
      })
      t.deepEqual(found, [], at)
    }
  })
}

for (const width of [1280, 390]) {
  test(`no page is wider than ${width} pixels`, async t => {
    const { browser, samples } = t.context
    const watched = await openFile(t, browser, samples.file, '/', { width })
    if (watched === undefined) return
    for (const at of kinds) {
      await go(watched.page, at)
      t.true((await watched.page.evaluate(() => document.documentElement.scrollWidth)) <= width, at)
    }
  })
}

test('search finds a column, a source and a run, and Enter opens the first', async t => {
  const { browser, samples } = t.context
  const watched = await openFile(t, browser, samples.file)
  if (watched === undefined) return
  const { page } = watched
  const run = samples.report.batches.find(batch => batch.shown !== null)
  await page.keyboard.press('/')
  await page.keyboard.type('visits.reason')
  t.regex(await page.innerText('#results'), /visits\.reason\s+column/)
  await page.fill('#search', run?.shown ?? '')
  t.regex(await page.innerText('#results'), /run/)
  await page.keyboard.press('Enter')
  t.is(await page.evaluate(() => location.hash), `#/batch/${run?.source ?? ''}/${run?.date ?? ''}`)
  await page.fill('#search', 'no such thing')
  t.is(await page.innerText('#found'), '0 found.')
})

test('tables filter and sort, and commands are copied', async t => {
  const { browser, samples } = t.context
  const watched = await openFile(t, browser, samples.file, '/sources')
  if (watched === undefined) return
  const { page } = watched
  const first = () => page.innerText('section.shown tbody tr:not([hidden]) th')
  await page.click('section.shown th:nth-child(6) button')
  const most = [...samples.report.sources].sort((a, b) => rows(b) - rows(a))[0]
  t.is(await first(), most?.name ?? '')
  await page.fill('section.shown [data-filter]', 'synth')
  t.is(await first(), 'synthea')
  await go(page, '/')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.click('section.shown [data-copy]')
  await page.waitForSelector('text=Copied', { timeout: 5000 }).catch(() => undefined)
  t.regex(await page.evaluate(() => getSelection()?.toString() ?? ''), /^$|caseload /)
})

const rows = (source: Written['report']['sources'][number]): number =>
  source.days.reduce((sum, day) => sum + (day.rows ?? 0), 0)

test('the keyboard walks the calendar and opens a day', async t => {
  const { browser, samples } = t.context
  const watched = await openFile(t, browser, samples.file)
  if (watched === undefined) return
  const { page } = watched
  await page.focus('section.shown [data-keys]')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  t.is(await page.innerText('#tip'), 'home_monitoring 2023-05-03: published')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => location.hash === '#/batch/home_monitoring/2023-05-02')
  t.pass()
})

test('without a script the page of an address shows, and on paper nothing but it', async t => {
  const { browser, samples } = t.context
  const plain = await openFile(t, browser, samples.file, '/table/visits', { script: false })
  if (plain === undefined) return
  t.true(await plain.page.isVisible('h1:has-text("store.visits")'))
  t.false(await plain.page.isVisible('h1:has-text("Lineage")'))
  const watched = await openFile(t, browser, samples.file, '/batch/icu/2023-05-01')
  await watched?.page.emulateMedia({ media: 'print' })
  t.false(await watched?.page.isVisible('header'))
  t.true(await watched?.page.isVisible('h1:has-text("icu 2023-05-01")'))
  t.true(((await watched?.page.pdf({ format: 'A4' }))?.length ?? 0) > 1000)
})

test('what the samples deliver is in the page as counts alone', t => {
  t.notRegex(textOf(t.context.samples), /Avery Sample|Blake Example|P-A-001/)
})
