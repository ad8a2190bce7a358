import test from 'ava'
import { countText } from '../../pipelines/platform/count-text.ts'

test('a count of one has the singular, any other the plural', t => {
  t.is(countText(1, 'row'), '1 row')
  t.is(countText(0, 'row'), '0 rows')
  t.is(countText(1200, 'batch', 'batches'), '1,200 batches')
})
