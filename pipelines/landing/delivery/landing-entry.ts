import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'

/** A plain file or an object in the landing folder of a batch. */
export interface LandingEntry {
  /** Its name in the folder. */
  readonly name: string
  readonly kind: 'file'
  /** True for a symbolic link; the other fields are those of the file that it leads to. */
  readonly isLink: boolean
  readonly bytes: number
  /** When its content was written last, in milliseconds. */
  readonly modified: number
  /** When it can have changed last, in milliseconds: of a file its ctime, which no copy sets back; of an object `modified`. */
  readonly touched: number
  /** Tells it from another one of its name, size and time: `fileIdentity` of a file, the ETag of an object. */
  readonly identity: string
  /** Absolute path with every link resolved; undefined for an object. */
  readonly path: string | undefined
}

/** A name in a landing folder that is not a plain file. */
export interface OddEntry {
  readonly name: string
  readonly kind: keyof typeof oddKinds | 'gone' | 'not entered'
  readonly isLink: boolean
}

/** The landing folder of a batch at one moment. Nothing in it was read. */
export interface LandingListing {
  /** The folder in messages: its absolute path, or `s3://bucket/prefix/source/yyyymmdd`. */
  readonly place: string
  /** When a name in the folder came or went last, in milliseconds; undefined in an object store. */
  readonly touched: number | undefined
  /**
   * When the folder, or a link on the way to it, was put in its place, in milliseconds: a file that comes with its folder
   * keeps its own times. 0 in an object store.
   */
  readonly placed: number
  /** Sorted by name. */
  readonly entries: readonly (LandingEntry | OddEntry)[]
  /** Where static files of the source may lie, in this order; undefined if it declares no static input. */
  readonly statics?: readonly StaticPlace[]
}

/** A folder that may hold static files. */
export interface StaticPlace {
  /** The folder in messages. */
  readonly place: string
  /** True in the landing root, whose every file a source has to declare; beside a class other files lie, too. */
  readonly isLanding: boolean
  /** Sorted by name; none if there is no such folder. */
  readonly entries: readonly (LandingEntry | OddEntry)[]
}

const oddKinds = {
  folder: 'a folder',
  pipe: 'a pipe',
  socket: 'a socket',
  device: 'a device',
  other: 'something else',
  'broken link': 'a link that leads nowhere',
  'link out of the root': 'a link that leaves the landing root',
} as const

/**
 * Requires that an entry is a plain file below the landing root.
 *
 * @param place of its listing
 * @throws RefusedError for another kind of entry, and for a name that is not UTF-8 or holds control characters
 * @throws MissingInputError if it has gone since it was listed, or the folder may be listed and not entered
 */
export function requirePlain(place: string, entry: LandingEntry | OddEntry): LandingEntry {
  const { name, kind } = entry
  // U+FFFD stands where Node could not decode a byte; no path made from it leads to the file.
  if (/[\p{Cc}\p{Zl}\p{Zp}\ufffd]/u.test(name)) throw refused(place, name, 'a name that is not plain UTF-8 text')
  if (kind === 'file') return entry
  if (kind === 'not entered') throw notEntered(place)
  if (kind === 'gone') {
    throw new MissingInputError(`Expected ${quoteName(name)} in ${place}, but it has just gone. Run the batch again.`)
  }
  throw refused(place, name, oddKinds[kind])
}

/**
 * An entry that the batch does not read, such as an ignored one.
 *
 * @returns undefined for a link, and for what is not a plain file
 * @throws MissingInputError if the folder may be listed and not entered
 */
export function unreadFile(place: string, entry: LandingEntry | OddEntry): LandingEntry | undefined {
  if (entry.kind === 'not entered') throw notEntered(place)
  return entry.kind === 'file' && !entry.isLink ? entry : undefined
}

function notEntered(place: string): MissingInputError {
  return new MissingInputError(
    `Expected to read the files in ${place}, but this user may not enter it. chmod u+x or g+x lets its owner or group in.`,
  )
}

function refused(place: string, name: string, found: string): RefusedError {
  return new RefusedError(
    `Expected only plain files in ${place}, found ${found}: ${quoteName(name)}. Take it out, or let the source ignore it.`,
  )
}
