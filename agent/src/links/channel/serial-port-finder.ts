import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

const stableNames = '/dev/serial/by-id'

/** Paths below /dev/serial/by-id, which stay with an adapter whatever it is called after the next plugging. */
export async function stablePaths(folder = stableNames): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  return names.toSorted().map(name => join(folder, name))
}

/**
 * Finds a port again after its adapter was gone: a path that was opened once and is not there any more is looked for
 * under the stable name that it had.
 */
export class PortFinder {
  readonly #path: string
  readonly #folder: string
  #stable: string | undefined

  constructor(path: string, folder: string = stableNames) {
    this.#path = path
    this.#folder = folder
  }

  /** The path to open. */
  async find(): Promise<string> {
    if (this.#stable === undefined || (await exists(this.#path))) return this.#path
    return (await exists(this.#stable)) ? this.#stable : this.#path
  }

  /** Remembers what else the opened path is called. True: it is a pseudo-terminal. */
  async opened(path: string): Promise<boolean> {
    const real = await realpath(path).catch(() => path)
    for (const stable of await stablePaths(this.#folder)) {
      if ((await realpath(stable).catch(() => undefined)) === real) this.#stable = stable
    }
    return real.startsWith('/dev/pts/')
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
