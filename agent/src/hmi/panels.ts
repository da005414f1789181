import type { AlarmEntry } from '@lineside/contract'
import type { Logger } from 'pino'
import type { ActiveAlarm } from '../alarms/watch.ts'
import type { AgentConfig, NotifyConfig } from '../config/types.ts'
import type { Link } from '../links/link.ts'
import { type Publish, publishAlarm } from './alarm-topic.ts'

/** Tells the topics that want it. What a panel misses it sees when it connects: the message is retained. */
export function publishToPanels(entry: AlarmEntry, config: AgentConfig, links: readonly Link[], log: Logger): void {
  for (const notify of config.notify.values()) {
    const link = links.find(candidate => candidate.name === notify.link)
    if (link?.publish) void publishToPanel(entry, notify, link.publish.bind(link), log)
  }
}

async function publishToPanel(entry: AlarmEntry, notify: NotifyConfig, publish: Publish, log: Logger): Promise<void> {
  const published = await publishAlarm(entry, notify, publish)
  if (published?.ok === false) log.warn({ notify: notify.name, reason: published.text }, 'alarm not published')
}

/** An alarm that is not normal, as it was told when it was raised, or when it returned. */
export function asEntry({ since, over, ...alarm }: ActiveAlarm): AlarmEntry {
  if (!over) return { k: 'alarm', t: since, event: 'raised', ...alarm }
  const { value: _raised, ...told } = alarm
  return { k: 'alarm', event: 'returned', ...told, t: over.since, text: over.text }
}
