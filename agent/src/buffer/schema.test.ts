import SQLite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { applicationId, migrate } from './schema.ts'

test('a new file becomes a buffer, and migrating it again changes nothing', () => {
  const db = new SQLite(':memory:')
  migrate(db)
  const before = db.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all()
  migrate(db)
  expect(db.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all()).toEqual(before)
  expect(db.pragma('application_id', { simple: true })).toBe(applicationId)
  expect(db.pragma('user_version', { simple: true })).toBeGreaterThan(0)
})

test('a database of another program is left alone', () => {
  const db = new SQLite(':memory:')
  db.exec('CREATE TABLE theirs (x)')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'not_a_buffer' }))
  expect(db.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['theirs'])
})

test('a buffer of a newer agent is left alone', () => {
  const db = new SQLite(':memory:')
  migrate(db)
  db.pragma('user_version = 999')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'too_new', hint: expect.any(String) }))
})
