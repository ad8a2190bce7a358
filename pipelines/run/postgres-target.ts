import { quarantineWriter } from '../stage/quarantine-writer.ts'
import { type EngineParts, ProcessEngine } from './batch-engine.ts'
import { stageTables } from './stage-tables.ts'

/** An engine that stages a batch in PostgreSQL. */
export function postgresEngine(parts: EngineParts): ProcessEngine {
  const { runId, openSession } = parts
  return new ProcessEngine(parts, {
    stage: (delivery, candidates, keys) => stageTables(parts, delivery, candidates, keys),
    openQuarantine: () => quarantineWriter(openSession, parts),
    discard: async rereads => {
      const session = await openSession()
      try {
        await session.query('select caseload.discard_stage($1)', [runId])
        if (rereads) await session.query('select caseload.forget_quarantine($1)', [runId])
      } finally {
        await session.end()
      }
    },
  })
}
