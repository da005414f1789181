import { alarmStates } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { alarmEvents, transition, transitions } from './transition.ts'

const cells = alarmStates.flatMap(state => alarmEvents.map(event => [state, event] as const))

test.each(cells)('%s on %s goes to a state, and is journaled exactly where it changes', (state, event) => {
  const { to, journal } = transition(state, event)
  expect(alarmStates).toContain(to)
  expect(journal === undefined).toBe(to === state)
})

test('the table has no other cells', () => {
  expect(Object.keys(transitions).toSorted()).toEqual([...alarmStates].toSorted())
  for (const row of Object.values(transitions)) expect(Object.keys(row).toSorted()).toEqual([...alarmEvents].toSorted())
})

test('no walk leaves the states; only a return and an acknowledgement together lead to normal', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...alarmEvents)), events => {
      let state: (typeof alarmStates)[number] = 'normal'
      let isActive = false
      let isAcknowledged = true
      for (const event of events) {
        if (event === 'raise') {
          isAcknowledged &&= isActive
          isActive = true
        } else if (event === 'return') isActive = false
        else isAcknowledged = true
        state = transition(state, event).to
        const expected = isActive
          ? isAcknowledged
            ? 'acknowledged'
            : 'unacknowledged'
          : isAcknowledged
            ? 'normal'
            : 'rtn_unacknowledged'
        expect(state).toBe(expected)
      }
    }),
  )
})
