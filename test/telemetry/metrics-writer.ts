// A process for prometheus.test.ts: writes metrics into a folder many times, all with one number.
import { prometheus } from '../../pipelines/telemetry/prometheus.ts'
import { observe, published } from './runs.ts'

const [, , folder = '', number = '1'] = process.argv
const count = Number(number)
const tables = published.tables.map(table => ({
  ...table,
  loaded: count,
  quarantined: { pattern: count },
  removed: { duplicate: count },
}))
for (let time = 0; time < 100; time++) {
  const { lines } = await observe(prometheus({ CASELOAD_METRICS_DIR: folder }, '/'), () =>
    Promise.resolve({ ...published, tables }),
  )
  if (lines.length > 0) throw new Error(lines.join('\n'))
}
