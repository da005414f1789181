import { expect, test } from 'vitest'
import { accepted, forget, needsProbe, noRejections, putOff, rejected } from './rejections.ts'

test('a batch that is rejected once is kept, and marked with the newest request', () => {
  const { next, action } = rejected(noRejections, 7, 4, 5)
  expect(action).toBe('keep')
  expect(next.marks).toEqual(new Map([[7, 5]]))
})

test('it is kept as long as nothing else was accepted in between', () => {
  const first = rejected(noRejections, 7, 1, 1).next
  expect(rejected(first, 7, 2, 2).action).toBe('keep')
})

test('it is kept when the request was sent before the acceptance', () => {
  const first = rejected(noRejections, 7, 1, 1).next
  expect(rejected(accepted(first, 3), 7, 2, 3).action).toBe('keep')
  expect(rejected(accepted(first, 3), 7, 3, 3).action).toBe('keep')
})

test('it goes to quarantine when it is rejected again by a request sent after another was accepted', () => {
  const first = rejected(noRejections, 7, 1, 1).next
  const { next, action } = rejected(accepted(first, 2), 7, 3, 3)
  expect(action).toBe('quarantine')
  expect(next.marks.size).toBe(0)
})

test('three rejections with nothing accepted between leave only probing, and an acceptance ends it', () => {
  let state = noRejections
  for (const batch of [1, 2, 3]) {
    expect(state.probing).toBe(false)
    state = rejected(state, batch, batch, batch).next
  }
  expect(state.probing).toBe(true)
  expect(accepted(state, 9)).toMatchObject({ probing: false, streak: 0, acceptedAt: 9 })
})

test('a probe is needed until something was accepted after the newest mark', () => {
  expect(needsProbe(noRejections)).toBe(false)
  const marked = rejected(noRejections, 7, 4, 4).next
  expect(needsProbe(marked)).toBe(true)
  expect(needsProbe(accepted(marked, 4))).toBe(true)
  expect(needsProbe(accepted(marked, 5))).toBe(false)
})

test('batches that left the buffer lose their marks', () => {
  const marked = rejected(rejected(noRejections, 7, 1, 1).next, 8, 1, 1).next
  expect([...forget(marked, batch => batch === 7).marks.keys()]).toEqual([8])
})

test('a batch that was put off is not yet rejected: its first rejection keeps it', () => {
  const state = { ...noRejections, marks: new Map([[7, putOff]]), acceptedAt: 5 }
  expect(needsProbe(state)).toBe(false)
  const once = rejected(state, 7, 6, 6)
  expect(once.action).toBe('keep')
  expect(rejected(accepted(once.next, 6), 7, 7, 7).action).toBe('keep')
  expect(rejected(accepted(once.next, 8), 7, 9, 9).action).toBe('quarantine')
})
