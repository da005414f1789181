import type { Rule } from './rule.ts'

const file = 'agent/src/buffer/file/open-file.ts'
const unchecked = { file, from: 'if (synchronous !== 2)', to: 'if (synchronous < 0)' }

/** What keeps a commit through a power cut; `prove powercut` must fail without any of it. */
export const powerRules: readonly Rule[] = [
  {
    name: 'power-normal',
    without: 'the log is synced at checkpoints alone, as the driver is compiled',
    edits: [{ file, from: "db.pragma('synchronous = FULL')", to: "db.pragma('synchronous = NORMAL')" }, unchecked],
    finds: 'LOST',
  },
  {
    name: 'power-off',
    without: 'nothing is synced',
    edits: [{ file, from: "db.pragma('synchronous = FULL')", to: "db.pragma('synchronous = OFF')" }, unchecked],
    finds: 'LOST',
  },
  {
    name: 'power-folder',
    without: 'a new folder is not synced into the one above it',
    edits: [{ file, from: 'syncFolder(dirname(folder))', to: '' }],
    finds: 'LOST',
  },
  {
    name: 'power-heal',
    without: 'a healed database takes its place before it is on the disk',
    edits: [{ file: 'agent/src/buffer/healing/heal.ts', from: 'sync(healed)', to: '' }],
    finds: 'LOST',
  },
]
