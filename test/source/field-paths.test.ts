import test from 'ava'
import fc from 'fast-check'
import { fieldPath, isFieldPath, shapeOfPaths, withPaths } from '../../pipelines/source/field-paths.ts'
import { list, object, scalar, type Shape } from '../../pipelines/source/inputs.ts'

const name = fc.oneof(
  fc.constantFrom('ward', 'a b', 'a.b', 'visits[]', '"', 'ä', '\\', '__proto__x'),
  fc.string({ minLength: 1, maxLength: 4 }).filter(text => text !== '__proto__'),
)
const { shape } = fc.letrec<{ shape: Shape; fields: Shape }>(tie => ({
  shape: fc.oneof({ maxDepth: 3 }, fc.constant(scalar), tie('shape').map(list), tie('fields')),
  fields: fc.dictionary(name, tie('shape'), { minKeys: 1, maxKeys: 3 }).map(fields => object(fields)),
}))

function leaves(one: Shape, path: string): readonly string[] {
  if (one.kind === 'list') return leaves(one.element, `${path}[]`)
  if (one.kind !== 'object') return [path]
  return Object.entries(one.fields).flatMap(([field, inner]) => leaves(inner, fieldPath(path, field)))
}

test('the paths of a shape give the shape back, whatever the names', t => {
  fc.assert(
    fc.property(
      fc.dictionary(name, shape, { minKeys: 1, maxKeys: 3 }).map(fields => object({ ...fields })),
      record => {
        const paths = leaves(record, '')
        t.true(paths.every(isFieldPath))
        t.deepEqual(JSON.parse(JSON.stringify(shapeOfPaths(paths))), JSON.parse(JSON.stringify(record)))
        t.deepEqual(withPaths(record, paths), withPaths(withPaths(object({}), paths) ?? record, paths))
      },
    ),
  )
})

test('fields are added where they belong; a field of another kind is not', t => {
  const record = object({ id: scalar, visits: list(object({ no: scalar }, ['room'])) })
  t.deepEqual(
    withPaths(record, ['ward', 'visits[].room', 'visits[].codes[]', 'address.city']),
    object({
      id: scalar,
      visits: list(object({ no: scalar, room: scalar, codes: list(scalar) })),
      ward: scalar,
      address: object({ city: scalar }),
    }),
  )
  for (const path of ['id.x', 'id[]', 'visits', 'visits.no', 'visits[].no[]'])
    t.is(withPaths(record, [path]), undefined)
  for (const path of ['', '.', 'a.', '.a', 'a..b', 'a[', 'a[0]', '"a', '"a"b']) t.false(isFieldPath(path), path)
})
