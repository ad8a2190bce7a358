import { exposition, type Gauge, type Sample } from '../../telemetry/exposition.ts'
import type { QueueStatus, SourceStatus } from './jobs.ts'

/** The queue in Prometheus' text format. The metrics without labels are there when the queue is empty, too. */
export function queueMetrics({ sources, workers }: QueueStatus): string {
  const states = ['waiting', 'running', 'dead'] as const
  const bySource = (one: SourceStatus): readonly Sample[] =>
    states.map(state => ({ labels: { source: one.source, state }, value: one[state] }))
  const all = (name: string, help: string, value: number): Gauge => ({ name, help, samples: [{ labels: {}, value }] })
  const lapsed = workers.filter(one => one.lapsed).length
  return exposition([
    {
      name: 'caseload_queue_jobs',
      help: 'Jobs of the queue by source and state.',
      samples: sources.flatMap(bySource),
    },
    all(
      'caseload_queue_depth',
      'Jobs that wait, of all sources.',
      sources.reduce((sum, one) => sum + one.waiting, 0),
    ),
    all(
      'caseload_queue_dead',
      'Jobs that will not be tried again, of all sources.',
      sources.reduce((sum, one) => sum + one.dead, 0),
    ),
    all(
      'caseload_queue_oldest_seconds',
      'How long ago the oldest job that waits was queued; 0 if none waits.',
      Math.max(0, ...sources.map(one => one.oldest_seconds)),
    ),
    all('caseload_queue_busy_workers', 'Workers that run at least one job.', workers.length - lapsed),
    all('caseload_queue_lost_workers', 'Workers whose leases have lapsed.', lapsed),
  ])
}
