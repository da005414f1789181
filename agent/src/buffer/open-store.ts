import { damageAtOpen } from './file/damage.ts'
import { damageOfLog } from './healing/damaged-log.ts'
import { heal, resumeHealing } from './healing/heal.ts'
import { lockFolder } from './file/open-file.ts'
import { Store } from './store/store.ts'
import type { StoreOptions } from './store/store.ts'

/**
 * Opens the buffer of a folder, healing it first where it is damaged or was found to be (`damage`, in words;
 * protocol.md, R4). Throws a BufferError where it is locked, another gateway's or not ours.
 */
export function openStore(options: StoreOptions, damage?: string): Store {
  const lock = lockFolder(options.path)
  try {
    resumeHealing(options)
    const known = damage ?? damageOfLog(options)
    if (known !== undefined) heal(options, known)
    try {
      return new Store(options, lock)
    } catch (error) {
      const reason = damageAtOpen(error)
      if (reason === undefined) throw error
      heal(options, reason)
      return new Store(options, lock)
    }
  } catch (error) {
    lock.close()
    throw error
  }
}
