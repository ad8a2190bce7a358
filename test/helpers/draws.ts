import fc from 'fast-check'

/**
 * The seed of all drawn cases. The gate asks whether a change broke something, so it draws the same cases each time: a
 * law that fails on cases which nobody changed would stop a change that has nothing to do with it. With
 * CASELOAD_TEST_SEED=new each test file draws a seed of its own, which a failure prints; a number repeats one.
 */
export function testSeed(): number {
  return seed
}

const asked = process.env['CASELOAD_TEST_SEED'] ?? '20230501'
const seed = asked === 'new' ? Math.floor(Math.random() * 2 ** 31) : Number(asked)
fc.configureGlobal({ seed })
