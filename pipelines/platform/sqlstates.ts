/** What a server error means for the user of a command. */
export interface KnownState {
  /** The cause, as part of a sentence; contains no value. */
  readonly words: string
  /** What to do next, a sentence or more; undefined if the words say it. */
  readonly remedy?: string
  /** usage: exit 2, the call or the database has to change; failed: exit 1; locked: exit 75. */
  readonly kind: 'usage' | 'failed' | 'locked'
}

const anotherLogin =
  'Name the primary, or a login or database that may write, in DATABASE_URL (or PGHOST, PGUSER, PGDATABASE).'
const inTheLog = 'See the log of the server.'

/** By SQLSTATE, or by its class, the first two characters. */
const states: Readonly<Record<string, KnownState>> = {
  '22P05': {
    words: "the database's encoding lacks a character of the delivery",
    remedy: 'Caseload needs a database in UTF8.',
    kind: 'usage',
  },
  '23503': {
    words: 'a foreign key of yours on a table of Caseload is in the way',
    remedy:
      'Drop it (alter table ... drop constraint ...): a load replaces the rows of a day, so no foreign key may refer to them or ' +
      'limit them. The view clinical.orphans shows rows without a parent.',
    kind: 'usage',
  },
  '25006': {
    words: 'the session may only read (a standby, or default_transaction_read_only is on for this login or database)',
    remedy: anotherLogin,
    kind: 'usage',
  },
  '25P03': { words: 'the server ended a transaction that waited too long', kind: 'failed' },
  '25P04': { words: 'the server ended a transaction that took too long', kind: 'failed' },
  '28': { words: 'the server refused the user or the password', kind: 'failed' },
  '2BP01': {
    words: 'an object of yours depends on an object of Caseload that has to be dropped',
    remedy: 'Drop yours, or let it read the views of schema clinical.',
    kind: 'usage',
  },
  '3D000': { words: 'the server has no database of that name', kind: 'failed' },
  '42501': {
    words: 'a right is missing',
    remedy: 'caseload doctor names it and shows how to grant it.',
    kind: 'usage',
  },
  '53': { words: 'the server lacks a resource', remedy: inTheLog, kind: 'failed' },
  '53100': {
    words: 'the disk of the server is full',
    remedy: 'Make room there, then call the command again.',
    kind: 'failed',
  },
  '53200': {
    words: 'the server is out of memory, or of room for locks',
    remedy: 'Raise max_locks_per_transaction (2048 is a good value), or give the server more memory.',
    kind: 'failed',
  },
  '53300': { words: 'the server has no connection left', kind: 'failed' },
  '54': { words: 'a limit of PostgreSQL was exceeded, such as that of an index entry', kind: 'failed' },
  '55': { words: 'an object is in use, or not in the required state', kind: 'failed' },
  '55P03': { words: 'another session held a lock for too long', remedy: 'Try again when it is done.', kind: 'locked' },
  '57014': { words: 'the server or an administrator cancelled the statement', kind: 'failed' },
  '57P03': { words: 'the server is starting up or shutting down', kind: 'failed' },
  '40': { words: 'another transaction was in the way', remedy: 'Try again.', kind: 'failed' },
  '58': { words: 'the server cannot read or write its own files', remedy: inTheLog, kind: 'failed' },
  XX: { words: 'the server found an error in itself or in its files', remedy: inTheLog, kind: 'failed' },
}

/** The meaning of a SQLSTATE; undefined for one that only a bug of Caseload, or the data, can cause. */
export function knownState(code: string | undefined): KnownState | undefined {
  if (code?.length !== 5) return undefined
  return states[code] ?? states[code.slice(0, 2)]
}
