import { readLogFormat } from '../../pipelines/platform/log-format.ts'
import { stderrLog } from '../../pipelines/platform/log.ts'
import { redactor } from '../../pipelines/platform/redact.ts'

// Writes three lines of a log in the format of the first argument.
const context = { run: '11111111-2222-4333-8444-555555555555', source: 'source_a', date: '2023-05-01' }
const log = stderrLog(context, { format: readLogFormat(process.argv[2], {}), redact: redactor(process.env) })
log.info('stage', 'patients 2 rows', { rows: 2, message: 3 })
log.warn('publish', 'it is hunter2secret')
log.error('publish', 'two\nlines "quoted"')
