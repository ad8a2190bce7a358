import { existsSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { type Browser, chromium, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts Chromium; undefined where there is none, and then the gate fails. */
export async function startBrowser(): Promise<Browser | undefined> {
  const named = process.env['CASELOAD_TEST_CHROMIUM']
  const executablePath = named ?? places.find(place => existsSync(place))
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ['--no-sandbox'] })
  if (process.env['CASELOAD_TEST_BROWSER'] === 'required') throw new Error(missing)
  return undefined
}

const missing =
  'Expected Chromium, found none: apt-get install -y chromium, or name one in CASELOAD_TEST_CHROMIUM. ' +
  'Without it these tests look at nothing.'

/** What a page said and asked for; a report says nothing and asks for nothing but itself. */
export interface Watched {
  readonly page: Page
  readonly said: readonly string[]
}

/** How a reader looks at the page. */
export interface Looking {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
  readonly script?: boolean
}

/** Opens a file at an address. Without a browser the test says so and looks at nothing. */
export async function openFile(
  t: ExecutionContext,
  browser: Browser | undefined,
  file: string,
  at = '/',
  { width = 1280, scheme = 'light', script = true }: Looking = {},
): Promise<Watched | undefined> {
  if (browser === undefined) {
    t.log(missing)
    t.pass()
    return undefined
  }
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    javaScriptEnabled: script,
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', message => said.push(`console: ${message.text()}`))
  page.on('pageerror', error => said.push(`error: ${error.message}`))
  page.on('request', request => {
    if (request.url().split('#')[0] !== `file://${file}` && !request.url().startsWith('data:'))
      said.push(`request: ${request.url()}`)
  })
  await page.goto(`file://${file}#${at}`)
  if (script) await page.waitForSelector('main > section.shown')
  return { page, said }
}

/** Goes to an address and waits until its page shows. */
export async function go(page: Page, at: string): Promise<void> {
  await page.evaluate(to => {
    location.hash = `#${to}`
  }, at)
  await page.waitForFunction(to => document.querySelector('main > section.shown')?.id === to, at)
}
