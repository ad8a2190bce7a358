import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { readMask } from '../../../pipelines/contract/mask/key.ts'

const secret = 'Not-a-real-key-but-forty-characters-long'
const on = { CASELOAD_MASK_AT_LOAD: 'true' }

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'caseload-key-'))
  t.teardown(() => {
    rmSync(made, { recursive: true })
  })
  return made
}

function keyFile(t: ExecutionContext, content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder(t), 'key')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

function refused(t: ExecutionContext, env: Record<string, string>, says: RegExp): void {
  const error = t.throws(() => readMask(env), { instanceOf: UsageError })
  t.regex(error.message, says)
  t.false(error.message.includes(secret))
}

test('off by default and by false, whatever keys there are', t => {
  t.is(readMask({}), undefined)
  t.is(readMask({ CASELOAD_MASK_AT_LOAD: 'false', CASELOAD_PSEUDONYM_KEY: 'short' }), undefined)
})

test('any word but true and false is an error', t => {
  for (const word of ['', '1', 'yes', 'TRUE', 'True', ' true', 'on', 'no']) {
    refused(t, { CASELOAD_MASK_AT_LOAD: word, CASELOAD_PSEUDONYM_KEY: secret }, /true or false/)
  }
})

test('a key from the environment, and the same from a file with a line feed at its end', t => {
  t.deepEqual(readMask({ ...on, CASELOAD_PSEUDONYM_KEY: secret }), { secret })
  t.deepEqual(readMask({ ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, `${secret}\n`) }), { secret })
  t.deepEqual(readMask({ ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, secret, 0o400) }), { secret })
})

test('no key, two keys and a short key are errors', t => {
  refused(t, on, /found neither/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY: '', CASELOAD_PSEUDONYM_KEY_FILE: '' }, /found neither/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY: secret, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, secret) }, /found both/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY: secret.slice(0, 31) }, /at least 32 bytes, found 31/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY: ` ${' '.repeat(60)}` }, /at least 32 bytes, found 0/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, `${secret.slice(0, 31)}\n\n`) }, /found 31 in .*key/)
})

test('a file that others can read, a link, a folder, a pipe and what is not there are errors', t => {
  for (const mode of [0o640, 0o604, 0o620, 0o700]) {
    refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, secret, mode) }, /chmod 600.*has mode/)
  }
  const link = join(folder(t), 'link')
  symlinkSync(keyFile(t, secret), link)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: link }, /is a link/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: folder(t) }, /is not a regular file/)
  const pipe = join(folder(t), 'pipe')
  execFileSync('mkfifo', ['-m', '600', pipe])
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: pipe }, /is not a regular file/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: '/nowhere/key' }, /cannot be opened/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, Buffer.alloc(40, 0xff)) }, /not UTF-8 text/)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: keyFile(t, secret.repeat(200)) }, /larger than 4096/)
})

const asRoot = process.geteuid?.() === 0 ? test : test.skip
asRoot('a file of another user is an error', t => {
  const path = keyFile(t, secret)
  chownSync(path, 65534, 65534)
  refused(t, { ...on, CASELOAD_PSEUDONYM_KEY_FILE: path }, /belongs to the user with id 65534/)
})
