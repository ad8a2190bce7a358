import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { describeBug } from '../../pipelines/platform/bug-report.ts'
import { DuckDbError } from '../../pipelines/platform/duckdb-error.ts'
import { fromWire, toWire, UsageError } from '../../pipelines/platform/errors.ts'
import { failureLine } from '../../pipelines/platform/format-error.ts'

const value = 'Qzvx Secretname'

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const withValues: Readonly<Record<string, () => unknown>> = {
  'broken JSON': () => JSON.parse(`{"name": ${value}}`) as unknown,
  'a property of a text': () => Object.assign(value, { length: 1 }),
  'no BigInt': () => BigInt(value),
  'a URL': () => new URL(value),
  'a message of several lines': () => {
    const error = new TypeError(`bad\n    at ${value} (/a/b.js:1:2)\n${value}`)
    throw error
  },
  'an invalid code': () => {
    throw Object.assign(new TypeError(value), { code: value })
  },
}

for (const [what, work] of Object.entries(withValues)) {
  test(`${what}: a bug is shown without what its message quotes, and with its place`, t => {
    const error = thrownBy(work)
    for (const seen of [error, error instanceof Error ? fromWire(toWire(error)) : error]) {
      const { what: name, where } = describeBug(seen)
      t.false(`${name}\n${where}`.includes('Secretname'), `${name}\n${where}`)
      if (error instanceof Error) t.regex(where, /bug\.test\.js/)
    }
  })
}

test('a thrown value that is not an error is not shown', t => {
  t.deepEqual(describeBug(value), { what: 'a thrown value that is not an error: string', where: '' })
})

test('messages of Caseload and harmless messages of the engine are kept', t => {
  t.is(
    describeBug(new Error('patients: 3 rows were encoded, the server copied 2')).what,
    'Error: patients: 3 rows were encoded, the server copied 2',
  )
  t.regex(describeBug(fromWire(toWire(new Error('nothing was read yet')))).what, /nothing was read yet/)
  t.regex(
    describeBug(new DuckDbError(`Conversion Error: Could not convert string '${value}' to INT32`, 'select 1')).what,
    /Could not convert string$/,
  )
  const nothing = JSON.parse('null') as { a: number }
  t.regex(describeBug(thrownBy(() => nothing.a)).what, /Cannot read properties of null \(reading 'a'\)/)
})

test('the error that ends a command, as text and as JSON', t => {
  const redact = (text: string): string => text.replaceAll('hunter2', '***')
  const error = new UsageError('Expected nothing of hunter2.')
  t.is(failureLine(error, { format: 'text', redact }), 'caseload: Expected nothing of ***.\n')
  const { time, ...rest } = JSON.parse(failureLine(error, { format: 'json', redact })) as Record<string, unknown>
  t.regex(String(time), /^\d{4}-\d\d-\d\dT/)
  t.deepEqual(rest, {
    level: 'error',
    stage: 'exit',
    error: 'UsageError',
    exit_code: 2,
    message: 'Expected nothing of ***.',
  })
  const bug = failureLine(new TypeError(value), { format: 'json', redact })
  t.is(bug.trimEnd().split('\n').length, 1)
  t.like(JSON.parse(bug), { error: 'TypeError', exit_code: 1 })
  t.regex(
    failureLine(new TypeError(value), { format: 'text', redact }),
    /^caseload: this is a bug[^\n]*TypeError[^\n]*\n {4}at /,
  )
})

test('a full disk is not a bug: the message names the file and the reason', t => {
  const options = { format: 'text', redact: (text: string) => text } as const
  const said = (code: string): string =>
    failureLine(Object.assign(new Error('x'), { code, path: '/landing/a' }), options)
  t.is(said('ENOSPC'), 'caseload: A file cannot be written (/landing/a): no space is left on the device (ENOSPC).\n')
  for (const code of ['EDQUOT', 'EROFS', 'EFBIG']) t.notRegex(said(code), /bug/)
  t.regex(said('EBADF'), /this is a bug/)
})

test('what the machine refuses is no bug: rights, limits and paths of files, a full disk, the memory of the engine', t => {
  const options = { format: 'text', redact: (text: string) => text } as const
  const refusals = [
    thrownBy(() => readdirSync('/dev/null')),
    thrownBy(() => readFileSync('/')),
    Object.assign(new Error(value), { code: 'EACCES', syscall: 'open', path: '/landing/a.csv' }),
    Object.assign(new Error(value), { code: 'EMFILE', syscall: 'open' }),
    Object.assign(new Error(value), { code: 'ENOSPC', syscall: 'write' }),
    new DuckDbError('IO Error: Could not write file "/w/x": No space left on device', 'select 1'),
    new DuckDbError('Out of Memory Error: failed to allocate', 'select 1'),
  ]
  for (const error of refusals) {
    const line = failureLine(error, options)
    t.regex(line, /^caseload: (?:A file cannot be|The engine) [^\n]*\n$/)
    t.notRegex(line, /bug|Secretname/)
  }
  t.regex(failureLine(Object.assign(new Error(value), { code: 'EACCES' }), options), /bug/, 'no call of the system')
})
