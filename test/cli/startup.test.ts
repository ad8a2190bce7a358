import { spawnSync } from 'node:child_process'
import test from 'ava'
import { root } from '../helpers/cli.ts'

// DuckDB and Arrow cost a process 0.3 s of its processor: a run loads them in its engine's process alone.
for (const command of ['run', 'backfill', 'worker', 'status', 'marts']) {
  test(`the process of caseload ${command} loads no DuckDB`, t => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `await import('${root}dist/pipelines/cli/commands/${command}.js')
         console.log(process.report.getReport().sharedObjects.filter(path => path.includes('duckdb')).join())`,
      ],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    )
    t.is(stderr, '')
    t.is(stdout, '\n')
  })
}
