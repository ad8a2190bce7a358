import type { ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { addStays, define, readmissionsOf, type Stay, type Switches, withStays } from './stays.ts'

/** Asserts what one set of stays gives under several definitions that differ in a switch. */
export async function gives(
  t: ExecutionContext,
  stays: readonly Stay[],
  definitions: Readonly<Record<string, readonly [Switches, readonly string[]]>>,
  before?: (session: Session) => Promise<unknown>,
): Promise<void> {
  await withStays(t, async session => {
    await before?.(session)
    await addStays(session, stays)
    for (const [name, [switches, expected]] of Object.entries(definitions)) {
      await define(session, name, switches)
      t.deepEqual(await readmissionsOf(session, name), expected, name)
    }
  })
}

/** A stay, its patient and days first. */
export const stay = (patient: string, visit: string, from: string, to?: string, more: Partial<Stay> = {}): Stay => ({
  patient,
  visit,
  from,
  to,
  ...more,
})
