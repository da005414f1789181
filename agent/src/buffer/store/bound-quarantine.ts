import type { Store } from './store.ts'

/** What quarantine may hold; its oldest batches go first, their gaps were written when they came. */
const maxBatches = 1000
const maxBytes = 16 * 1024 * 1024

/** Its oldest batches go where it holds more than it may. Belongs into a transaction. */
export function boundQuarantine(store: Store): void {
  store.db
    .prepare(
      `DELETE FROM quarantine WHERE n <= (
         SELECT max(n) FROM (
           SELECT n, row_number() OVER (ORDER BY n DESC) AS rank,
             sum(length(member)) OVER (ORDER BY n DESC) AS bytes
           FROM quarantine
         ) WHERE rank > ? OR bytes > ?
       )`,
    )
    .run(maxBatches, maxBytes)
}
