import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { watchCommand } from '../../pipelines/cli/commands/watch.ts'
import { workerCommand } from '../../pipelines/cli/commands/worker.ts'
import { queueMetrics } from '../../pipelines/operate/queue/metrics.ts'
import { root } from '../helpers/cli.ts'
import { parseExposition } from '../telemetry/exposition-parser.ts'
import { example } from './examples.ts'

const units = [
  { name: 'systemd/caseload-worker.service', line: /exec caseload worker ([^']*)'/, timeout: /TimeoutStopSec=(\d+)s/ },
  {
    name: 'kubernetes/worker-deployment.yaml',
    line: /command: \['caseload', 'worker', (.*)\]/,
    timeout: /terminationGracePeriodSeconds: (\d+)/,
  },
]

for (const { name, line, timeout } of units) {
  test(`${name}: the worker takes its flags, and has time to roll back after its grace time`, t => {
    const text = example(name)
    const words = (line.exec(text)?.[1] ?? '').replaceAll(/[',]/g, ' ').trim().split(/\s+/)
    const command = workerCommand()
    t.deepEqual(command.parseOptions(words), { operands: [], unknown: [] })
    t.true(Number(timeout.exec(text)?.[1]) >= Number(command.getOptionValue('grace')) + 10)
  })
}

test('systemd/caseload-watch.service: the watcher takes its flags', t => {
  const [, words = ''] = /exec caseload watch ([^']*)'/.exec(example('systemd/caseload-watch.service')) ?? []
  t.deepEqual(watchCommand().parseOptions(words.split(' ')), { operands: [], unknown: [] })
})

test('the page names every metric of the queue and no other', t => {
  const page = readFileSync(join(root, 'docs/queue.md'), 'utf8')
  const source = { source: 'icu', waiting: 1, running: 0, dead: 0, oldest_seconds: 2 }
  const metrics = parseExposition(queueMetrics({ sources: [source], workers: [] }))
  const named = page.split('\n').flatMap(line => /^\| `(caseload_queue_\w+)/.exec(line)?.[1] ?? [])
  t.deepEqual(named.toSorted(), [...metrics.keys()].toSorted())
})
