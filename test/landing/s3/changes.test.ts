import test, { type ExecutionContext } from 'ava'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { type Rule, startCutter } from './store.ts'
import { count, deliver, folder, header, isObject, line, run, store } from './store-scene.ts'

/** A proxy that does something once, when the store has answered a request, before the answer comes through. */
async function onAnswer(
  t: ExecutionContext,
  isIt: (request: string) => boolean,
  change: () => Promise<void>,
): Promise<number> {
  let done = false
  const rule: Rule = async request => {
    if (!done && isIt(request)) {
      done = true
      await change()
    }
    return false
  }
  const cutter = await startCutter(store.port, rule)
  t.teardown(() => cutter.close())
  return cutter.port
}

const isListing = (request: string): boolean => request.includes('list-type=2')
const isFirst = (request: string): boolean => isObject(request) && request.includes('patient_intake_1.csv')
const changed = `${folder}/patient_intake_1.csv`
const otherBytes = (): Promise<void> => store.put(changed, header + line(2))
const oneMore = (): Promise<void> => store.put(`${folder}/patient_intake_2.csv`, header + line(2))
const oneLess = (): Promise<void> => store.remove(changed)

const changes = [
  ['other bytes of the same length, before they are read', isListing, otherBytes, 3, /changed while it was read/],
  ['an object less, before it is read', isListing, oneLess, 4, /has just gone/],
  ['one more object', isListing, oneMore, 3, /new: intake\/20230501\/patient_intake_2\.csv/],
  ['other bytes, after they were read', isFirst, otherBytes, 3, /Changed in s3:.*: patient_intake_1\.csv/],
  ['an object less, after it was read', isFirst, oneLess, 3, /gone: intake\/20230501\/patient_intake_1\.csv/],
] as const

for (const [what, isIt, change, code, words] of changes) {
  test.serial(`${what}: nothing is published`, async t => {
    const { url } = await testDatabase(t)
    await deliver({ 'patient_intake_0.csv': header + line(9), 'patient_intake_1.csv': header + line(1) })
    const done = await run(t, { env: store.env(await onAnswer(t, isIt, change)), url })
    t.is(done.code, code, done.stderr)
    t.regex(done.stderr, words)
    t.deepEqual(await rowsOf(url, count), [{ n: 0 }])
  })
}
