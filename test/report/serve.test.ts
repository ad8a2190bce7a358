import { request } from 'node:http'
import test from 'ava'
import { throttled } from '../../pipelines/cli/commands/report-after.ts'
import { servePage } from '../../pipelines/report/serve.ts'

/** Status and text of an answer. */
function get(
  address: string,
  { path, host, method = 'GET' }: { readonly path?: string; readonly host?: string; readonly method?: string } = {},
): Promise<readonly [number | undefined, string]> {
  const url = new URL(address)
  const headers = host === undefined ? {} : { host }
  return new Promise((resolve, reject) => {
    request({ hostname: url.hostname, port: url.port, path: path ?? url.pathname, method, headers }, answer => {
      let text = ''
      answer.on('data', chunk => (text += String(chunk)))
      answer.on('end', () => {
        resolve([answer.statusCode, text])
      })
    })
      .on('error', reject)
      .end()
  })
}

test('a page is served under its token and host alone, and drawn anew when it is old', async t => {
  let drawn = 0
  const served = await servePage({
    port: 0,
    draw: () => Promise.resolve(`page ${(drawn += 1)}`),
    everyMs: 3_600_000,
    onError: error => {
      throw error
    },
  })
  t.teardown(served.close)
  const { address } = served
  const { port, pathname } = new URL(address)
  t.regex(address, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/)
  t.deepEqual(await get(address), [200, 'page 1'])
  t.deepEqual(await get(address, { host: `localhost:${port}` }), [200, 'page 1'])
  t.deepEqual(await get(address, { method: 'HEAD' }), [200, ''])
  for (const path of ['/', pathname.slice(0, -2), `${pathname}x`, pathname.replace(/[0-9a-f]/, 'g')])
    t.is((await get(address, { path }))[0], 404, path)
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`])
    t.is((await get(address, { host }))[0], 421, host)
  t.is((await get(address, { method: 'POST' }))[0], 405)
  t.is(drawn, 1)

  const always = await servePage({
    port: 0,
    draw: () => Promise.resolve(`page ${(drawn += 1)}`),
    everyMs: 0,
    onError: () => undefined,
  })
  t.teardown(always.close)
  t.deepEqual(await get(always.address), [200, 'page 3'])
})

test('a page that cannot be drawn is no answer, and the next request tries again', async t => {
  const errors: unknown[] = []
  const draws = [
    () => Promise.resolve('first'),
    () => Promise.reject(new Error('away')),
    () => Promise.resolve('again'),
  ]
  const served = await servePage({
    port: 0,
    draw: () => (draws.shift() ?? (() => Promise.resolve('last')))(),
    everyMs: 0,
    onError: error => errors.push(error),
  })
  t.teardown(served.close)
  t.is((await get(served.address))[0], 503)
  t.deepEqual(await get(served.address), [200, 'again'])
  t.is(errors.length, 1)
})

test('a work that is asked for often is done at once, once in a while, and at the end', async t => {
  let done = 0
  const work = throttled(() => {
    done += 1
    return Promise.resolve()
  }, 3_600_000)
  await work.end()
  t.is(done, 0)
  for (let asked = 0; asked < 5; asked++) work.ask()
  await work.end()
  t.is(done, 1)
  work.ask()
  work.ask()
  t.is(done, 1)
  await work.end()
  t.is(done, 2)
})
