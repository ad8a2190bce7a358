import test from 'ava'
import { dayOfName } from '../../pipelines/scaffold/day-of-name.ts'

test('the day is read from the name of a sample if it can be read in one way', t => {
  const names: Readonly<Record<string, string | undefined>> = {
    'export_20230501.csv': '2023-05-01',
    '2023-05-01.csv': '2023-05-01',
    'vitals_2023_05_01.ndjson.gz': '2023-05-01',
    'export_20230501T081500Z.csv': '2023-05-01',
    'export_20230501081500.csv': '2023-05-01',
    'export_13052023.csv': '2023-05-13',
    'export_05132023.csv': '2023-05-13',
    'export 13.05.2023.csv': '2023-05-13',
    'export_05052023.csv': '2023-05-05',
    'export_01052023.csv': undefined,
    'export_20230230.csv': undefined,
    'export_99999999.csv': undefined,
    'ward_202305.csv': undefined,
    'patients.csv': undefined,
    'batch-1682899200.csv': undefined,
  }
  for (const [name, day] of Object.entries(names)) t.is(dayOfName(name), day, name)
})
