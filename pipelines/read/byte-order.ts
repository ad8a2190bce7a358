/** A byte order mark, and the encoding of a file that begins with it. */
export interface ByteOrderMark {
  /** Name of the encoding, for messages. */
  readonly name: string
  /** Matching labels of the WHATWG Encoding Standard; empty if the standard does not have the encoding. */
  readonly labels: readonly string[]
}

/** Longer marks come first: both UTF-32LE and UTF-16LE begin with FF FE. */
const marks: readonly (readonly [bytes: readonly number[], mark: ByteOrderMark])[] = [
  [[0xef, 0xbb, 0xbf], { name: 'UTF-8', labels: ['utf-8'] }],
  [[0xff, 0xfe, 0x00, 0x00], { name: 'UTF-32LE', labels: [] }],
  [[0x00, 0x00, 0xfe, 0xff], { name: 'UTF-32BE', labels: [] }],
  [[0xff, 0xfe], { name: 'UTF-16LE', labels: ['utf-16le'] }],
  [[0xfe, 0xff], { name: 'UTF-16BE', labels: ['utf-16be'] }],
  [[0x84, 0x31, 0x95, 0x33], { name: 'GB18030', labels: ['gb18030', 'gbk'] }],
]

/** Length of the longest mark. */
export const markBytes = 4

/** @param head the first {@link markBytes} bytes of a file, or the whole of a shorter file */
export function markOf(head: Uint8Array): ByteOrderMark | undefined {
  return marks.find(([bytes]) => bytes.every((byte, index) => head[index] === byte))?.[1]
}

export const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Finds the UTF-8 marks at the start. There can be several if files were concatenated and some held only a mark.
 *
 * @returns their length in bytes, and `isOpen` if the next bytes may complete another mark
 */
export function leadingMarks(bytes: Buffer): { readonly length: number; readonly isOpen: boolean } {
  let length = 0
  while (bytes.subarray(length, length + utf8Mark.length).equals(utf8Mark)) length += utf8Mark.length
  const rest = bytes.subarray(length)
  const isOpen = rest.length < utf8Mark.length && rest.equals(utf8Mark.subarray(0, rest.length))
  return { length, isOpen }
}

/**
 * True if bytes look like UTF-16 or UTF-32: a byte order mark, or ASCII characters that alternate with NULs.
 *
 * @param head the first bytes of a file; four are enough
 */
export function startsAsWide(head: Uint8Array): boolean {
  const [a = 1, b = 1, c = 1, d = 1] = head
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true
  if (head.length < 4) return false
  const little = b === 0 && d === 0 && a !== 0
  const big = a === 0 && c === 0 && d !== 0
  return little || big
}
