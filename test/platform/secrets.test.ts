import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { redactor } from '../../pipelines/platform/redact.ts'
import { readSecrets, secretNames } from '../../pipelines/platform/secrets.ts'

test('a secret comes from its variable, a file or a command, and is redacted from then on', t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-secrets-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'secret')
  writeFileSync(file, 'word-of-the-file\n')
  const env: NodeJS.ProcessEnv = {
    CASELOAD_PING: 'word-of-the-variable',
    CASELOAD_NOTIFY_SMTP_PASSWORD_FILE: file,
    CASELOAD_PSEUDONYM_KEY_COMMAND: 'echo word-of-the-command',
    DATABASE_URL_FILE: file,
  }
  readSecrets(env)
  t.deepEqual(env, {
    CASELOAD_PING: 'word-of-the-variable',
    CASELOAD_NOTIFY_SMTP_PASSWORD: 'word-of-the-file',
    CASELOAD_PSEUDONYM_KEY: 'word-of-the-command',
    DATABASE_URL_FILE: file,
  })
  t.is(redactor(env)('word-of-the-file word-of-the-command word-of-the-variable'), '*** *** ***')
})

test('a secret that is said twice, or that a file or a command does not give, is an error without its content', t => {
  const refused = (env: NodeJS.ProcessEnv): string =>
    t.throws(
      () => {
        readSecrets(env)
      },
      { instanceOf: UsageError },
    ).message
  t.regex(
    refused({ CASELOAD_PING: 'a', CASELOAD_PING_FILE: 'b' }),
    /^CASELOAD_PING and CASELOAD_PING_FILE are set together/,
  )
  t.regex(refused({ DATABASE_URL: 'a', DATABASE_URL_COMMAND: 'b' }), /^DATABASE_URL and DATABASE_URL_COMMAND are set/)
  t.regex(refused({ CASELOAD_PING_FILE: '/nowhere' }), /names \/nowhere, which cannot be read/)
  t.regex(refused({ PGPASSWORD_COMMAND: 'echo s3cret-word; exit 3' }), /it ended with 3\.$/)
  t.regex(refused({ PGPASSWORD_COMMAND: 'true' }), /found nothing/)
  const twoLines = refused({ PGPASSWORD_COMMAND: 'echo s3cret-word; echo and more' })
  t.regex(twoLines, /found more/)
  t.false(twoLines.includes('s3cret-word'))
  t.true(secretNames.includes('CASELOAD_NOTIFY_WEBHOOK'))
})
