/** Errors of JavaScript itself: a bug, whatever their name says. */
const bugs: readonly string[] = ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']

/** The class of an error as plain words: `RefusedError` is `refused`, `EngineDiedError` is `engine died`. */
export function errorWord(errorClass: string | null): string | null {
  if (errorClass === null) return null
  if (bugs.includes(errorClass)) return 'bug'
  if (errorClass === 'CaseloadError') return 'failed'
  return errorClass
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
}
