import { type Rule, buffer } from './rule.ts'

/** What happens when a buffer's path leads to another folder while its agent runs (docs/buffer.md). */
export const folderRules: readonly Rule[] = [
  {
    name: 'folder-look',
    without: 'the agent does not look where the path of its buffer leads',
    edits: [
      buffer(
        'store/store.ts',
        'return !isSame(this.#file, identityOf(join(this.path, databaseFile)))',
        'return isSame(undefined, identityOf(this.path))',
      ),
    ],
    finds: 'LOST',
  },
  {
    name: 'folder-take',
    without: 'what waits is left behind in the hidden folder',
    edits: [buffer('thread/move-out.ts', '    takeOver(store, next, what)\n', '')],
    finds: 'LOST',
    from: 25,
  },
  {
    name: 'folder-missing',
    without: 'what can not be read of the hidden files is named by no gap',
    edits: [buffer('healing/take-over.ts', 'if ((hasRest && missing === 0) ||', 'if (missing >= 0 ||')],
    finds: 'FALSE ALARM',
    from: 73,
  },
]
