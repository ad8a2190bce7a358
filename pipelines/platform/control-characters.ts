/**
 * Characters that control a terminal or hide other characters: C0 controls, DEL, C1 controls (0x9B starts a command, as
 * ESC [ does), direction marks and overrides, line separators, and zero-width characters. The joiners U+200C and U+200D are
 * not in the list: scripts and emoji need them.
 */
// eslint-disable-next-line no-control-regex -- it matches control characters
const controls = /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

/** The same without C0, which JSON contains only between its values. */
const controlsOfJson = /[\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

const hex = (char: string, digits: number): string =>
  char.charCodeAt(0).toString(16).toUpperCase().padStart(digits, '0')

/** Escapes the control characters of a text for a terminal, as psql does: `\x1B` or `\u202E`. */
export function visibleControls(text: string): string {
  return text.replaceAll(controls, char => (char <= '\u007F' ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`))
}

/** Writes the control characters in the texts of a JSON document as JSON escapes, for a terminal. */
export function escapedJson(document: string): string {
  return document.replaceAll(controlsOfJson, char => `\\u${hex(char, 4)}`)
}
