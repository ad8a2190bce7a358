import { z } from 'zod'
import { saidText, shown, strictObject } from '../contract/faults.ts'
import { embeddedDatabase, passwordInUrl, requireReadableUrl } from '../platform/database-url.ts'
import { UsageError } from '../platform/errors.ts'
import { isMailAddress, readMailServer } from '../platform/mail-server.ts'
import { logFormats } from '../platform/log-format.ts'
import { isS3, parseS3 } from '../platform/s3-location.ts'
import { parseBadRowLimit } from './bad-row-limit.ts'
import { parseSource } from './batch.ts'
import { zoneMap } from './source-zone.ts'

/** A DuckDB memory limit, such as `256MB`. */
export const memoryPattern = /^[1-9][0-9]*(KB|MB|GB)$/

/** Whole numbers that flags and defaults accept, least and most. */
export const wholeNumbers = { retries: [0, 20], keep: [0, 100], concurrency: [1, 256] } as const

/** The longest `timeout`, in seconds. */
export const maxSeconds = 1_000_000

const found = ({ input }: { readonly input?: unknown }): string => `found ${shown(input)}`

function wholeNumber([least, most]: readonly [number, number]): z.ZodType<number> {
  const error = (issue: { readonly input?: unknown }): string =>
    `expected a whole number from ${least} to ${most}, ${found(issue)}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

const switched = z.boolean({ error: issue => `expected true or false, ${found(issue)}` })

const path = z.string({ error: issue => `expected a path, ${found(issue)}` }).regex(/\S/, 'expected a path, found none')

/** Takes a text that a function of ours refuses with a UsageError; the issue has its message. */
function acceptedBy(accept: (text: string) => void, words: string): z.ZodType<string> {
  return z.string({ error: `expected ${words}` }).superRefine((text, context) => {
    try {
      accept(text)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      context.addIssue({ code: 'custom', message: error.message.replace(/\.$/, '') })
    }
  })
}

function acceptDatabase(url: string): void {
  if (url === embeddedDatabase) return
  if (passwordInUrl(url)) {
    throw new UsageError(
      'it holds a password, and this file is no place for one. Leave it out of the URL, and set PGPASSWORD or PGPASSFILE, or ' +
        'the whole URL in DATABASE_URL or DATABASE_URL_FILE',
    )
  }
  requireReadableUrl(url, 'it')
}

function acceptMailServer(url: string): void {
  const { fault } = readMailServer(url)
  if (fault !== undefined) throw new UsageError(`it ${fault}`)
}

const mailAddress = z
  .string({ error: issue => `expected a mail address, ${found(issue)}` })
  .refine(isMailAddress, 'expected a mail address such as caseload@example.org')

const seconds = z
  .number({ error: issue => `expected a number of seconds above 0, ${found(issue)}` })
  .positive('expected a number of seconds above 0')
  .max(maxSeconds, `expected at most ${maxSeconds} seconds`)

const badRows = z.union([
  z.int().nonnegative().transform(String),
  acceptedBy(text => void parseBadRowLimit(text), 'a number of rows such as 100, or a share such as "5%"'),
])

const ruleChange = z.union(
  [
    strictObject({ off: saidText }),
    strictObject({ warn: saidText }),
    strictObject({ drop: saidText }),
    strictObject({ quarantine: saidText }),
  ],
  {
    error:
      'expected an action and the reason, such as { "off": "dates are shifted" }; actions are off, warn, drop and quarantine',
  },
)

/** What `caseload.json`, or `caseload` in package.json, may hold. */
export const configuration = strictObject({
  landing: path
    .refine(text => !isS3(text) || isReadable(text), 'expected a folder or s3://bucket/prefix, found another URL')
    .optional(),
  database: acceptedBy(acceptDatabase, 'a URL such as postgresql://user@host:5432/database, or embedded').optional(),
  defaults: strictObject({
    maxBadRows: badRows.optional(),
    retries: wholeNumber(wholeNumbers.retries).optional(),
    keep: wholeNumber(wholeNumbers.keep).optional(),
    timeout: seconds.optional(),
    concurrency: wholeNumber(wholeNumbers.concurrency).optional(),
    failFast: switched.optional(),
    quiet: switched.optional(),
    logFormat: z
      .enum(logFormats, { error: issue => `expected ${logFormats.join(' or ')}, ${found(issue)}` })
      .optional(),
    memory: z.string().regex(memoryPattern, 'expected a size such as "256MB"').optional(),
    work: path.optional(),
    notify: switched.optional(),
  }).optional(),
  notify: strictObject({
    smtp: acceptedBy(acceptMailServer, 'a URL such as smtp://user@host:587').optional(),
    from: mailAddress.optional(),
    to: z.array(mailAddress, { error: issue => `expected a list of mail addresses, ${found(issue)}` }).optional(),
  }).optional(),
  zones: zoneMap(isSource, "a source's name, such as icu__north").optional(),
  rules: z.record(z.string().min(1), ruleChange).optional(),
})

function isReadable(url: string): boolean {
  try {
    parseS3(url)
    return true
  } catch {
    return false
  }
}

function isSource(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch {
    return false
  }
}
