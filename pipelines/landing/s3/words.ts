import { CaseloadError, withMessage } from '../../platform/errors.ts'

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
    throw withMessage(error, error.message.replaceAll(root, url))
  }
}
