import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { namedDatabase, requireReadableUrl, urlOfFile } from '../../pipelines/platform/database-url.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { openTarget } from '../../pipelines/embedded/target.ts'
import { caseload } from '../helpers/cli.ts'
import { callMain } from '../helpers/in-process.ts'
import { testDatabase } from '../helpers/database.ts'

test('a URL with an unencoded password is refused in one line, and no part of it is shown', async t => {
  const urls = [
    'postgresql://etl:pa#ss@127.0.0.1:5432/prod',
    'postgresql://etl:pa/ss@127.0.0.1:5432/prod',
    'postgresql://etl:pa?ss@127.0.0.1:5432/prod',
    'postgresql://etl:77#ss@127.0.0.1:5432/prod',
    'postgresql://etl:77/ss@127.0.0.1:5432/prod',
    'postgresql://etl:77?ss@127.0.0.1:5432/prod',
    'postgresql://etl:77?ss=t@127.0.0.1:5432/prod',
    'postgresql://etl:pass@127.0.0.1:99999/prod',
    'postgresql://etl:pass@127.0.0.1:port/prod',
    'postgresql://etl:pass@[::1/prod',
    'postgresql://etl:pass@one.example:5432,two.example:5432/prod',
    'postgresql://etl:pass@one.example,two.example/prod',
    'postgresql://etl:pass@h/prod?hostaddr=10.0.0.1',
    'postgresql://etl:pass@h/prod?service=prod',
    'postgresql://etl:pass@h/prod?pa&ss',
    'POSTGRESQL://etl:pass@h/prod',
    'prod',
  ]
  for (const url of urls) {
    const refused = await t.throwsAsync(openTarget({ DATABASE_URL: url }, '/', { ephemeral: false }), {
      instanceOf: UsageError,
    })
    t.regex(refused.message, /^[^\n]*DATABASE_URL[^\n]*$/, url)
    t.notRegex(refused.message, /etl|pa#|pass\b(?!word)|127\.0|77|\bss\b|prod|example|99999|10\.0/, url)
  }
  const said = await caseload(['status'], { url: 'postgresql://etl:pa%e9@127.0.0.1:1/prod' })
  t.is(said.code, 2)
  t.regex(said.stderr, /^caseload: DATABASE_URL cannot be read as a URL; .*\n$/)
})

test('an unambiguous URL is accepted', t => {
  for (const url of [
    'postgresql://etl:p%23%2F%3F%40%3A@db.example.org:5432/prod',
    'postgres://etl@/prod?host=/var/run/postgresql&port=5433',
    'postgresql:///prod?host=/var/run/postgresql',
    'postgresql://%2Fvar%2Frun/prod',
    'postgresql://etl:pa@ss@h/prod',
    'postgresql://h',
    'postgresql://[::1]:5432/prod?sslmode=verify-full&application_name=etl@ward',
    'socket:/var/run/postgresql?db=prod',
  ]) {
    t.notThrows(() => {
      requireReadableUrl(url)
    }, url)
  }
})

test('libpq variables that change the server and that Caseload does not read are refused by name, whatever else is set', async t => {
  const refused = async (env: Record<string, string>): Promise<string> =>
    (await t.throwsAsync(openTarget(env, '/', { ephemeral: false }), { instanceOf: UsageError }, JSON.stringify(env)))
      .message
  const variables = {
    PGSERVICE: 'prod',
    PGHOSTADDR: '10.0.0.1',
    PGTARGETSESSIONATTRS: 'read-write',
    PGCHANNELBINDING: 'require',
    PGREQUIREAUTH: 'scram-sha-256',
    PGREQUIREPEER: 'postgres',
    PGGSSENCMODE: 'require',
    PGSSLCRL: '/etc/crl',
    PGSSLCERTMODE: 'require',
    PGSSLMODE: 'nonsense',
  }
  for (const [name, value] of Object.entries(variables)) {
    for (const more of [{}, { PGHOST: 'h' }, { DATABASE_URL: 'postgresql://h/d' }]) {
      t.regex(await refused({ [name]: value, ...more }), new RegExp(`^${name} `))
    }
  }
  for (const name of ['PGUSER', 'PGPASSWORD']) {
    t.regex(await refused({ [name]: 'etl' }), new RegExp(`^${name} is set, and no variable names a database`))
    t.notThrows(() => namedDatabase({ [name]: 'etl', PGHOST: 'h' }))
  }
  for (const [parameter, remedy] of [
    ['dbname=other', /parameter dbname\. Name the database in the path/],
    ['passfile=/p', /parameter passfile\. Name the file in PGPASSFILE/],
    ['replication=database', /parameter replication/],
    ['port=abc', /^port in DATABASE_URL is not a port/],
    ['sslsni=0', /^sslsni in DATABASE_URL is set/],
  ] as const) {
    t.regex(await refused({ DATABASE_URL: `postgresql://h/d?${parameter}` }), remedy)
  }
  t.regex(await refused({ PGHOST: 'one,two' }), /^PGHOST names several hosts/)
  for (const PGPORT of ['5432,5433', 'abc', '0', '70000']) t.regex(await refused({ PGPORT }), /^PGPORT is not a port/)
  const harmless = {
    PGTARGETSESSIONATTRS: 'any',
    PGCHANNELBINDING: 'prefer',
    PGGSSENCMODE: 'disable',
    PGSERVICEFILE: '/etc/x',
  }
  await t.notThrowsAsync(
    openTarget({ PGHOST: 'h', PGPORT: '5432', PGSSLMODE: 'disable', ...harmless }, '/', { ephemeral: false }),
  )
})

test('DATABASE_URL_FILE names a file with the URL; both variables, or another content, are refused', async t => {
  const { url } = await testDatabase(t, 'empty')
  const folder = mkdtempSync(join(tmpdir(), 'caseload-test-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'url$&')
  writeFileSync(file, `\ufeff${url}\r\n`)
  const told = await callMain(['sql', '--csv', 'select current_database() as name'], { DATABASE_URL_FILE: file })
  t.is(told.stdout, `name\n${new URL(url).pathname.slice(1)}\n`, told.stderr)
  const both = await callMain(['status'], { DATABASE_URL_FILE: file, DATABASE_URL: url })
  t.is(both.code, 2)
  t.regex(both.stderr, /^caseload: DATABASE_URL and DATABASE_URL_FILE are both set/)
  for (const [text, found] of [
    ['', /found nothing/],
    [`${url}\n${url}\n`, /found more/],
  ] as const) {
    writeFileSync(file, text)
    t.throws(() => urlOfFile({ DATABASE_URL_FILE: file }), { instanceOf: UsageError, message: found })
  }
  t.throws(() => urlOfFile({ DATABASE_URL_FILE: folder }), { message: /cannot be read/ })
  t.is(urlOfFile({ DATABASE_URL: url }), undefined)
})
