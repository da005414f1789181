// oxlint-disable-next-line no-restricted-imports -- a test may read the library
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { libraryFolder } from '../library.ts'
import { loadProfiles } from '../loader.ts'
import { allReadings } from '../values/compare.ts'
import { bytesOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import { decodeWhole, isLoss } from './decode-whole.ts'

const files = readdirSync(libraryFolder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.yaml'))
  .map(file => ({ file, text: readFileSync(new URL(file, libraryFolder), 'utf8') }))
const profiles = [...loadProfiles(files).profiles.values()].filter(profile => profile.protocol === 'serial')

const edit = fc.record({ at: fc.nat(600), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) })

test.each(profiles.map(profile => [profile.profile, profile] as const))(
  '%s: whatever happens to its frames, nothing is thrown and no value is more than its type and range allow',
  (_, profile) => {
    const params = Object.fromEntries([...profile.params].map(([name, param]) => [name, param.default ?? 1]))
    fc.assert(
      fc.property(fc.nat(profile.tests.length - 1), fc.array(edit, { maxLength: 4 }), (index, edits) => {
        let bytes = bytesOf(`${profile.tests[index]?.input}${profile.tests[0]?.input}`)
        for (const { at, remove, insert } of edits) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
        }
        for (const outcome of decodeWhole(profile.framing, compileSerial(profile, { params }), bytes)) {
          if (outcome === undefined || isLoss(outcome)) continue
          if (!outcome.ok) {
            expect(outcome.text).not.toBe('')
            continue
          }
          for (const [name, value] of Object.entries(allReadings(outcome).values)) {
            const range = profile.points.get(name)?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
            if (typeof value !== 'number') continue
            expect(Number.isFinite(value) && value >= range[0] && value <= range[1]).toBe(true)
          }
        }
      }),
      { numRuns: 150 },
    )
  },
)
