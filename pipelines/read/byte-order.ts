/**
 * True if bytes look like UTF-16: its byte order mark, or two characters of ASCII with a NUL beside each.
 *
 * @param head the first bytes of a file; four are enough
 */
export function startsAsUtf16(head: Uint8Array): boolean {
  const [a = 1, b = 1, c = 1, d = 1] = head
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true
  if (head.length < 4) return false
  const little = b === 0 && d === 0 && a !== 0 && c !== 0
  const big = a === 0 && c === 0 && b !== 0 && d !== 0
  return little || big
}
