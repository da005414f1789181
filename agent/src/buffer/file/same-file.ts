import { statSync } from 'node:fs'

/** Names a file on this machine, wherever a path to it may lead by now. */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
}

/** Which file a path leads to; undefined where it leads to none. Throws where that can't be told. */
export function identityOf(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return { device: dev, inode: ino }
  } catch (error) {
    if (isNothingThere(error)) return undefined
    throw error
  }
}

export function isSame(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a?.device === b?.device && a?.inode === b?.inode
}

function isNothingThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}
