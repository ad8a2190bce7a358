// The folders of pipelines/, lowest first: each may import those before it, and none behind it. The path of a batch is
// landing, read, check, stage, audit, publish; run calls them in that order.
export const layers = [
  'platform',
  'contract',
  'source',
  'embedded',
  'ledger',
  'landing',
  'read',
  'check',
  'stage',
  'audit',
  'publish',
  'marts',
  'telemetry',
  'run',
  'operate',
  'report',
  'scaffold',
  'cli',
]
