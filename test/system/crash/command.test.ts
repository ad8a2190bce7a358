import test from 'ava'
import { chosen } from './chosen.ts'
import { combinations } from './matrix.ts'
import { commandPoints } from './points.ts'
import { play } from './scene.ts'
import { makeWorld, type World } from './world.ts'

let world: World

test.before(async t => {
  t.timeout(120_000)
  world = await makeWorld()
})
test.after.always(() => world.end())

for (const combination of chosen(combinations(commandPoints))) {
  test(combination.name, t => play(t, world, combination))
}
