import test from 'ava'
import { relationsIn, replaceRelations } from '../../pipelines/marts/relations.ts'

const query = `SELECT visits.visit_id, caseload.last_due(s.zone) AS due, 'store.visits v' AS note, E'it\\\\''s clinical.x'
   FROM (store.visits
     LEFT JOIN clinical.current_patients p ON ((p.source = visits.source))
     LEFT JOIN clinical."Odd ""one""" o ON true)
  WHERE (EXISTS ( SELECT 1 FROM caseload.sources s)) UNION ALL SELECT 1 FROM store.patients;`

test('relations are found where a query reads them, not in texts and calls', t => {
  t.deepEqual(
    relationsIn(query).map(one => `${one.schema} ${one.name}`),
    ['store visits', 'clinical current_patients', 'clinical Odd "one"', 'caseload sources', 'store patients'],
  )
})

test('a replaced relation keeps its alias, or gets its own name as one', t => {
  const replaced = replaceRelations(query, ({ schema, name }) => (schema === 'caseload' ? undefined : `<${name}>`))
  t.true(replaced.includes('FROM (<visits> as "visits"\n'))
  t.true(replaced.includes('LEFT JOIN <current_patients> p ON'))
  t.true(replaced.includes('LEFT JOIN <Odd "one"> o ON'))
  t.true(replaced.includes('FROM caseload.sources s'))
  t.true(replaced.endsWith('FROM <patients> as "patients";'))
  t.true(replaced.includes(`'store.visits v' AS note`))
})
