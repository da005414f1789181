import { type AlarmEntry, priorities, stringifyJson } from '@lineside/contract'
import type { NotifyConfig } from '../config/types.ts'
import type { Link, Published } from '../links/link.ts'

/** Publishes a message: the embedded broker, later a client of another one. */
export type Publish = NonNullable<Link['publish']>

/**
 * Publishes each alarm's newest transition, retained, under `<topic>/<device>/<alarm>`: a panel that connects later
 * sees what is active. Undefined: the priority is too low for this one. Names hold neither wildcards nor slashes, so that a topic names one alarm only.
 */
export function publishAlarm(
  entry: AlarmEntry,
  notify: NotifyConfig,
  publish: Publish,
): Promise<Published | undefined> {
  if (priorities.indexOf(entry.priority) < priorities.indexOf(notify.minPriority)) {
    return Promise.resolve(undefined)
  }
  const topic = `${notify.topic}/${entry.device}/${entry.alarm}`
  return publish(topic, stringifyJson(entry), { retain: true, qos: 1 })
}
