import test from 'ava'
import { doubtfulNames } from '../../../pipelines/scaffold/header.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { testEngine } from '../../helpers/engine.ts'

test('three thousand columns are compared with their values in little memory', async t => {
  const engine = await testEngine(t, { memoryLimit: '256MB', threads: 1 })
  const names = Array.from({ length: 3001 }, (_, i) => `c${i.toString(36)}x`)
  await engine.run(`create table wide as select ${names.map(name => `'v' as ${quoteIdent(name)}`).join(', ')}`)
  t.deepEqual(await doubtfulNames(engine, 'wide', names), { repeated: 0, alike: 0 })
})
