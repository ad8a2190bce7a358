import type { StateChecks } from '../../ledger/status.ts'
import type { StaleKind } from '../../source/fingerprint/staleness.ts'

const words: Readonly<Record<StaleKind, string>> = {
  files: 'files changed',
  code: 'the code of the source changed',
  zone: 'the zone changed',
  masking: 'masking changed',
  contract: 'a contract changed',
  engine: 'the engine changed',
  unknown: 'it is not known what it was made from',
}

/** Says why a batch is stale without the names of files. */
export function staleWords(checks: StateChecks): StateChecks {
  return {
    ...checks,
    staleness: async (batch, published) => {
      const { kind, reason } = await checks.staleness(batch, published)
      return { kind, reason: kind === 'unchanged' ? reason : words[kind] }
    },
  }
}
