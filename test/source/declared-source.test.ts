import test from 'ava'
import { sourceFaults } from '../../pipelines/source/validate-source.ts'
import { drop, notEmpty, nullShare, off, quarantine, range, warn } from '../../pipelines/index.ts'
import { faultyMembers, Ward } from './faulty-members.ts'
import { listTransformers, loadSource, shippedSources } from '../../pipelines/source/load-source.ts'

/** The faults of a class that declares something else, as JavaScript lets it. */
function faultsWith(members: Readonly<Record<string, unknown>>): readonly string[] {
  return sourceFaults(Object.assign(new Ward(), members))
}

test('the shipped classes are in order, and so is one with every member', async t => {
  const names = listTransformers([shippedSources])
  t.true(names.length >= 7)
  for (const name of names) t.deepEqual(sourceFaults((await loadSource(name, [shippedSources])).transformer), [], name)
  t.deepEqual(
    faultsWith({
      zone: 'Europe/Amsterdam',
      delivery: { patients: 'full' },
      onConflict: { patients: { quarantine: ['birth_date'] }, measurements: { number: 'reading_no' } },
      references: { measurements: 'deferred' },
      rules: {
        name: drop(),
        'birth_date.range': quarantine(),
        'measurements.value_text': drop(),
        death_before_birth: warn(),
        'gender.one_of': warn(),
        patient_id: quarantine(),
        birth_in_future: off('dates are shifted'),
        'patients.default_birth_dates': warn('the feed writes 1900-01-01 for unknown'),
        orphans_patients: off('another feed has the patients'),
        'measurements.measured_at.range': off('dates are shifted'),
      },
      ids: { patient_id: { caseless: true, pad: 8 } },
      empty: 'allow',
      shrink: { patients: 'allow' },
      ready: { marker: '_SUCCESS', manifest: 'm.json', quietSeconds: 0.5 },
      ignored: ['*.log'],
      maxBadRows: '2.5%',
      quality: [
        notEmpty('patients'),
        nullShare('patients', 'name', 0.1),
        range('patients', 'birth_date', { least: '1900-01-01' }),
      ],
      schedule: 'weekly',
      wards: ['a member of its own'],
    }),
    [],
  )
})

for (const [what, members, fault] of faultyMembers) {
  test(`a class is refused by the name of the member: ${what}`, t => {
    const faults = faultsWith(members)
    t.true(
      faults.some(one => fault.test(one)),
      faults.join('\n'),
    )
  })
}
