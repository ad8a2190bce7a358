import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { openDuckDB, type DuckDB, type DuckDBOptions } from '../../pipelines/platform/duckdb.ts'

/** Opens a DuckDB for one test, with a spill folder of its own; both are gone afterwards. */
export async function testEngine(t: ExecutionContext, options: Partial<DuckDBOptions> = {}): Promise<DuckDB> {
  const tempDirectory = await mkdtemp(join(tmpdir(), 'caseload-test-'))
  const db = await openDuckDB({ memoryLimit: '300MB', threads: 2, tempDirectory, allowedPaths: [], ...options })
  t.teardown(async () => {
    db.close()
    await rm(tempDirectory, { recursive: true })
  })
  return db
}
