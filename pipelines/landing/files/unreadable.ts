import { MissingInputError } from '../../platform/errors.ts'

/** Whether the file system denied access to a path. */
export function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'EACCES' || code === 'EPERM'
}

/**
 * The error for a folder that exists and cannot be read.
 *
 * @param what what the folder is: `the landing root`
 * @param path absolute
 */
export function unreadable(what: string, path: string, cause: unknown): MissingInputError {
  return new MissingInputError(
    `Expected to read ${what}, ${path}, but it cannot be read by the user that runs this. ` +
      'Give this user the right to list and to enter it (chmod u+rx or g+rx, or chown).',
    { cause },
  )
}
