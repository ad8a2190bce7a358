import { readFileSync } from 'node:fs'
import test from 'ava'
import { root } from '../helpers/cli.ts'
import { addReadings as addVitals } from '../views/early-warning-readings.ts'
import { addDiagnoses, addReadings, emergency, risk, rowsIn, withPast } from '../views/risks.ts'
import { addStays } from '../views/stays.ts'

const page = readFileSync(`${root}docs/definitions.md`, 'utf8')

type Cells = Readonly<Record<string, string>>

/** `facility=N deceased=2023-03-05 18:00` */
function factsOf(text: string): Readonly<Record<string, string | undefined>> {
  const found = [...text.matchAll(/(\w+)=(\S+(?: \d\d:\d\d)?)/g)]
  return Object.fromEntries(found.map(([, name, value]): [string, string] => [name ?? '', value ?? '']))
}

/** The rows of the first table of a section, by the words of its header. */
function table(section: string): readonly Cells[] {
  const lines = page.slice(page.indexOf(`\n${section}`)).split('\n')
  const begin = lines.findIndex(line => /^\| (?:stay|part|time) /.test(line))
  const end = lines.findIndex((line, at) => at > begin && !line.startsWith('|'))
  const cells = (line: string): readonly string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
  const names = cells(lines[begin] ?? '')
  return lines
    .slice(begin + 2, end)
    .map(line => Object.fromEntries(cells(line).map((cell, at): [string, string] => [names[at] ?? '', cell])))
}

test('the worked examples of readmissions are what the view says', async t => {
  const examples = table('### Worked examples')
  t.true(examples.length > 20)
  await withPast(t, async session => {
    const patientOf = (row: Cells): string => (row['stay'] ?? '').slice(0, 1)
    const facts = examples.map(row => ({ row, more: factsOf(row['what else'] ?? '') }))
    await addStays(
      session,
      facts.map(({ row, more: { admission, disposition, facility } }) => ({
        ...{ patient: patientOf(row), visit: row['stay'] ?? '', from: row['from'] ?? '', to: row['to'] ?? '' },
        ...(admission === undefined ? {} : { admission }),
        ...(disposition === undefined ? {} : { disposition }),
        ...(facility === undefined ? {} : { facility }),
      })),
    )
    for (const { row, more } of facts) {
      if (more['deceased'] === undefined) continue
      await session.query(
        `insert into store.patients (source, batch_date, patient_id, deceased_at)
         values ('a', '2023-06-30', $1, $2::timestamp at time zone 'Europe/Amsterdam')`,
        [patientOf(row), more['deceased']],
      )
    }
    for (const definition of ['crude_30d', 'hospital_wide_30d']) {
      const found = await session.query<{ stay: string; says: string }>(
        `select visit_id as stay, concat_ws(' ',
           case when is_readmitted then 'readmitted' when is_index then 'index' else not_index_reason end,
           case when is_index then next_visit_id end, case when is_index then days_between end) as says
         from clinical.readmissions where definition = $1 and patient_id <> 'PAST' order by 1`,
        [definition],
      )
      t.deepEqual(
        found.rows.map(({ stay, says }) => [stay, says]),
        examples.map(row => [row['stay'], row[definition]]),
        definition,
      )
    }
  })
})

test('the worked examples of LACE and HOSPITAL are what the views say', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      {
        ...{ patient: 'P', visit: 'V', from: '2023-05-01', to: '2023-05-09', admission: 'emergency' },
        ...{ service: 'cardiology', disposition: 'home' },
      },
      { patient: 'P', visit: 'L1', from: '2022-05-01', to: '2022-05-02', facility: 'N', disposition: 'transfer' },
      { patient: 'P', visit: 'L2', from: '2022-05-02', to: '2022-05-03', facility: 'S', disposition: 'home' },
      emergency('P', 'E1', '2022-11-01'),
      emergency('P', 'E2', '2022-10-31'),
    ])
    await addDiagnoses(session, 'V', ['I50.0', 'J44.1'])
    await addReadings(session, [
      ['P', '2023-05-08 10:00', 'hemoglobin', 7.4, 'mmol/L'],
      ['P', '2023-05-08 10:00', 'sodium', 136, 'mmol/L'],
    ])
    for (const [model, section] of [
      ['lace', '### LACE'],
      ['hospital', '### HOSPITAL'],
    ] as const) {
      const rows = table(section)
      const { parts, points, band, probability } = await risk(session, model, 'V')
      t.deepEqual(
        { ...parts, sum: points },
        Object.fromEntries(rows.map(row => [row['part'] ?? '', Number(row['points'])])),
      )
      t.is(`${band ?? ''}, probability ${probability ?? ''}`, rows.at(-1)?.['what is known'] ?? '')
    }
  })
})

test('the worked example of NEWS2 is what the view says', async t => {
  const rows = table('## NEWS2')
  await withPast(t, async session => {
    await addVitals(
      session,
      rows.map(row => ({
        type: row['type'] ?? '',
        value: /^\d/.test(row['value'] ?? '') ? Number(row['value']) : (row['value'] ?? ''),
        at: `2023-06-30 ${row['time'] ?? ''}Z`,
      })),
    )
    const [found, ...others] = await rowsIn(
      session,
      `select parts, score, band, to_char(hour at time zone 'UTC', 'HH24:MI') as hour from clinical.early_warning`,
    )
    t.deepEqual(others, [])
    t.deepEqual(found?.['parts'], Object.fromEntries(rows.map(row => [row['type'], Number(row['points'])])))
    const said = `The hour of all seven is ${String(found?.['hour'])}, the score ${String(found?.['score'])}, the band \`${String(found?.['band'])}\``
    t.true(page.includes(said), said)
  })
})
