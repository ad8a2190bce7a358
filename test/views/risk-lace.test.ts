import test from 'ava'
import { addStays } from './stays.ts'
import { addDiagnoses, emergency, percent, risk, risks, withPast } from './risks.ts'

// Points 0: out on the day of admission (0), elective (0), hypertension weighs nothing (0), no emergency visit (0).
// Points 10: 14 days (7), emergency (3), nothing else.
// Points 19: 14 days (7), urgent (3), metastatic tumor weighs 6 (5), five emergency visits (4).
test('lace: the published probabilities at 0, 10 and 19 points', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      { patient: 'A', visit: 'A0', from: '2023-06-01', to: '2023-06-01', admission: 'elective' },
      { patient: 'B', visit: 'B10', from: '2023-06-01', to: '2023-06-15', admission: 'emergency' },
      { patient: 'C', visit: 'C19', from: '2023-06-01', to: '2023-06-15', admission: 'urgent' },
      ...[1, 2, 3, 4, 5].map(day => emergency('C', `C-${day}`, `2023-05-0${day}`)),
    ])
    await addDiagnoses(session, 'A0', ['I10'])
    await addDiagnoses(session, 'B10', ['I10'])
    await addDiagnoses(session, 'C19', ['C78.0'])
    const found = await risks(session, 'lace', ['A0', 'B10', 'C19'])
    t.deepEqual(
      found.map(one => [one.points, percent(one.probability), one.band, one.complete, one.missing.length]),
      [
        [0, '2.0', 'low', true, 0],
        [10, '12.2', 'high', true, 0],
        [19, '43.7', 'high', true, 0],
      ],
    )
    t.deepEqual(found[2]?.parts, { length_of_stay: 7, acute_admission: 3, comorbidity: 5, emergency_visits: 4 })
  })
})

test('lace: the points of every length of stay', async t => {
  await withPast(t, async session => {
    const days = [0, 1, 2, 3, 4, 6, 7, 13, 14, 20]
    await addStays(
      session,
      days.map(day => ({
        patient: `D${day}`,
        visit: `D${day}`,
        from: '2023-06-01',
        to: `2023-06-${String(1 + day).padStart(2, '0')}`,
      })),
    )
    const found = await risks(
      session,
      'lace',
      days.map(day => `D${day}`),
    )
    t.deepEqual(
      found.map(one => one.parts['length_of_stay']),
      [0, 1, 2, 3, 4, 4, 5, 5, 7, 7],
    )
  })
})

// Weights: infarction 1; infarction and stroke 2; COPD and diabetes 3; dementia 3; heart failure and COPD 4, so 5 points;
// complicated diabetes 2 and not 2 + 1; tumor with metastases 6, so 5; mild renal (stage 3) 2; end stage renal 4, so 5;
// mild liver and mild renal are one item 2; AIDS 4, so 5; connective tissue 3; lower case and no dot are the same code; a
// code of another system beside an ICD-10 one does not count; uncomplicated diabetes by its three-character code 1.
test('lace: comorbidity from the ICD-10 codes of the stay', async t => {
  const expected: Readonly<Record<string, readonly [readonly string[], number]>> = {
    none: [['I10', 'K25.0'], 0],
    infarction: [['I21.4'], 1],
    'infarction and stroke': [['I25.2', 'I63.9'], 2],
    'copd and diabetes': [['J44.1', 'E11.9'], 3],
    dementia: [['G30.9'], 3],
    'failure and copd': [['I50.0', 'J44.9'], 5],
    'diabetes twice': [['E11.2', 'E11.9'], 2],
    metastases: [['C50.9', 'C79.3'], 5],
    'kidney stage 3': [['N18.3'], 2],
    'kidney stage 5': [['N18.5'], 5],
    'kidney of no stage': [['N18'], 5],
    'liver and kidney': [['K73.9', 'N18.2'], 2],
    aids: [['B24'], 5],
    lupus: [['M32.1'], 3],
    'as delivered elsewhere': [['i214', 'm321'], 5],
    'three characters': [['E11'], 1],
  }
  await withPast(t, async session => {
    const names = Object.keys(expected)
    await addStays(
      session,
      names.map(name => ({ patient: name, visit: name, from: '2023-06-01', to: '2023-06-02' })),
    )
    for (const name of names) await addDiagnoses(session, name, expected[name]?.[0] ?? [])
    for (const name of names) {
      t.is((await risk(session, 'lace', name)).parts['comorbidity'], expected[name]?.[1], name)
    }
  })
})

// Admitted on 10 June, so the 6 months begin on 10 December. Counted: A on 10 December, B on 9 June (sent home), C on the
// day of the admission in the morning (sent home, D came after it). Not: D, which led to the stay; E a day too early.
// The second patient was transferred at night from F, which ended on the 9th: it led to the stay, nothing counts.
test('lace: emergency visits in the 6 months before, not the one that led to the stay', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      { patient: 'P', visit: 'V', from: '2023-06-10 20:00', to: '2023-06-12 10:00' },
      emergency('P', 'A', '2022-12-10'),
      emergency('P', 'B', '2023-06-09'),
      emergency('P', 'C', '', { from: '2023-06-10 08:00', to: '2023-06-10 09:00' }),
      emergency('P', 'D', '', { from: '2023-06-10 17:00', to: '2023-06-10 19:00', disposition: 'other' }),
      emergency('P', 'E', '2022-12-09'),
      { patient: 'Q', visit: 'W', from: '2023-06-10 00:30', to: '2023-06-12 10:00' },
      emergency('Q', 'F', '', { from: '2023-06-09 20:00', to: '2023-06-09 23:50', disposition: 'transfer' }),
    ])
    t.is((await risk(session, 'lace', 'V')).parts['emergency_visits'], 3)
    t.is((await risk(session, 'lace', 'W')).parts['emergency_visits'], 0)
  })
})
