import { BufferError, inWords } from '../error.ts'
import { takeOver } from '../healing/take-over.ts'
import { openStore } from '../open-store.ts'
import type { Store, StoreOptions } from '../store/store.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'

/**
 * For a database that its path no longer leads to: what waits in it goes to where the path leads now, and the thread ends,
 * so that its successor opens that. Always throws: `thread_died` when this is done, `write_failed` while it can't be; then
 * what waits is sent from here on.
 */
export function moveOut(store: Store, options: StoreOptions, moment: Moment): never {
  const what = `${store.path} is not what it was: something was mounted over it, or it was removed or replaced`
  writeReceipts(store, moment)
  try {
    using next = openStore({ ...options, now: moment.now })
    takeOver(store, next, what)
  } catch (cause) {
    const still = `what is there now can't take over what waits: ${inWords(cause)}`
    throw new BufferError('write_failed', `${what}; ${still}`, { cause })
  }
  store[Symbol.dispose]()
  throw new BufferError('thread_died', `${what}; what waits was taken into what is there now`)
}

/** Where the old place takes none any more, some batches are sent twice, and fall away at the receiver. */
function writeReceipts(store: Store, moment: Moment): void {
  try {
    write(store, moment, () => undefined)
  } catch {
    // As above.
  }
}
