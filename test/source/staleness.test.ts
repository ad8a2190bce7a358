import test from 'ava'
import type { RunFingerprint } from '../../pipelines/source/fingerprint/fingerprint.ts'
import { type RecordedInputs, stalenessOf, withoutMask } from '../../pipelines/source/fingerprint/staleness.ts'

const made: RecordedInputs = {
  runId: '00000000-0000-4000-8000-000000000000',
  startedAt: 0,
  codeHash: 'aa',
  zone: 'UTC',
  contractHash: 'bb',
  engineSemantics: 1,
  files: [],
}
const now: RunFingerprint = { codeHash: 'aa', zone: 'UTC', contractHash: 'bb', engineSemantics: 1, contracts: [] }
const same = { added: [], removed: [], changed: [] }

test('nothing changed, or nothing to compare with', t => {
  t.is(stalenessOf(made, { fingerprint: now, files: same }).kind, 'unchanged')
  t.is(stalenessOf(made, { fingerprint: undefined, files: undefined }).kind, 'unchanged')
})

test('each part that changed is named', t => {
  const told = (change: Partial<RunFingerprint>, was: Partial<RecordedInputs> = {}): string => {
    const { kind, reason } = stalenessOf({ ...made, ...was }, { fingerprint: { ...now, ...change }, files: same })
    return `${kind}: ${reason}`
  }
  t.is(told({ codeHash: 'ax' }), 'code: code changed')
  t.is(told({ zone: 'Asia/Tokyo' }), 'zone: zone changed: UTC to Asia/Tokyo')
  t.is(told({ zone: 'Asia/Tokyo' }, { zone: null }), 'unchanged: nothing changed')
  t.is(told({ contractHash: 'bx' }), 'contract: contract changed')
  t.is(told({ engineSemantics: 2 }), 'engine: engine changed')
  t.is(told({ codeHash: 'aa:01' }), 'masking: masking changed: it was loaded unmasked, and rows are masked now')
  t.is(told({}, { codeHash: 'aa:01' }), 'masking: masking changed: it was loaded masked, and rows are not masked here')
  t.is(told({ codeHash: 'aa:02' }, { codeHash: 'aa:01' }), 'masking: masking changed: it was loaded with another key')
  t.is(told({ codeHash: 'aa:01' }, { codeHash: 'aa:01' }), 'unchanged: nothing changed')
  for (const lost of [{ codeHash: null }, { contractHash: null }, { engineSemantics: null }]) {
    t.regex(told({}, lost), /^unknown: not known what it was made from/)
  }
})

test('files come first, and all that changed is told', t => {
  const files = { added: ['a/20230501/late.csv'], removed: [], changed: ['a/20230501/x.csv', 'a/20230501/y.csv'] }
  t.deepEqual(stalenessOf(made, { fingerprint: { ...now, codeHash: 'ax', engineSemantics: 2 }, files }), {
    kind: 'files',
    reason: 'files changed: added late.csv, changed x.csv, y.csv; code changed; engine changed',
  })
  const problem = 'Expected only plain files.'
  t.is(
    stalenessOf(made, { fingerprint: now, files: { ...same, problem } }).reason,
    'files changed: Expected only plain files.',
  )
})

test('where the mask cannot be known, only the code is compared', t => {
  const masked = { ...made, codeHash: 'aa:01' }
  t.is(stalenessOf(withoutMask(masked), { fingerprint: now, files: same }).kind, 'unchanged')
  t.is(withoutMask({ ...made, codeHash: null }).codeHash, null)
})
