import { CaseloadError, fromWire, toWire } from '../../platform/errors.ts'

/**
 * Says what goes wrong with copies in words of the place they came from: a private folder that is gone by then helps
 * nobody.
 *
 * @param url of the landing root
 * @param root the landing root of the copies
 */
export async function inWordsOf<T>(url: string, root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CaseloadError) || !error.message.includes(root)) throw error
    const wire = toWire(error)
    throw fromWire({ ...wire, message: wire.message.replaceAll(root, url) })
  }
}
