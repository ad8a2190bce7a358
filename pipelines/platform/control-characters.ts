/**
 * Characters that steer a terminal or hide what stands beside them: C0 controls, DEL, C1 controls (0x9B begins a command
 * as ESC [ does), marks and overrides of direction, separators of lines, and characters without a width. The joiners
 * U+200C and U+200D stay: scripts and emoji need them.
 */
// eslint-disable-next-line no-control-regex -- controls are what it finds
const controls = /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

/** The same without C0, which JSON never holds but between its values. */
const controlsOfJson = /[\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

const hex = (char: string, digits: number): string =>
  char.charCodeAt(0).toString(16).toUpperCase().padStart(digits, '0')

/** A text for a terminal: a control character is written as psql writes it, `\x1B` or `\u202E`. */
export function visibleControls(text: string): string {
  return text.replaceAll(controls, char => (char <= '\u007F' ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`))
}

/** The same JSON document, with control characters of its texts as escapes of JSON: they reach no terminal raw. */
export function escapedJson(document: string): string {
  return document.replaceAll(controlsOfJson, char => `\\u${hex(char, 4)}`)
}
