import { type AlarmEntry, priorities, stringifyJson } from '@lineside/contract'
import type { NotifyConfig } from '../config/types.ts'

/** Something that can publish: the embedded broker, later a client of another one. */
export interface Publisher {
  publish(topic: string, payload: string, options: { readonly retain: boolean; readonly qos: 0 | 1 }): void
}

/**
 * Publishes each alarm's newest transition, retained, under `<topic>/<device>/<alarm>`: a panel that connects later
 * sees what is active. Names hold neither wildcards nor slashes, so that a topic names one alarm only.
 */
export function publishAlarm(entry: AlarmEntry, notify: NotifyConfig, publisher: Publisher): void {
  if (priorities.indexOf(entry.priority) < priorities.indexOf(notify.minPriority)) return
  const topic = `${notify.topic}/${entry.device}/${entry.alarm}`
  publisher.publish(topic, stringifyJson(entry), { retain: true, qos: 1 })
}
