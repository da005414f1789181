import type { Topic } from '../log.ts'

/** The same for the table of each topic. */
export function perTopic<T>(make: (topic: Topic) => T): Record<Topic, T> {
  return { samples: make('samples'), events: make('events') }
}
