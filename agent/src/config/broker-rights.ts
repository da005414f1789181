import { type DeviceProfile, topicMatches } from '@lineside/device-profiles'
import { complain, type Resolving } from './context.ts'
import type { LinkConfig } from './types.ts'

interface MqttDevice {
  readonly device: string
  readonly topic: string | undefined
  readonly params: Readonly<Record<string, number | string>>
}

/** Says so where no user of our broker may publish what the device sends: it would be refused without a word. */
export function checkMayPublish(ctx: Resolving, of: MqttDevice, profile: DeviceProfile, link: LinkConfig): void {
  const { device, topic, params } = of
  if (profile.protocol !== 'mqtt' || link.kind !== 'broker' || topic === undefined) return
  const filters = [...link.users.values()].flatMap(user => user.publish)
  const topics = [...profile.messages.values()].map(message =>
    message.topic
      .replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name === 'topic' ? topic : String(params[name] ?? hole)))
      .replaceAll(/[+#]/g, 'any'),
  )
  if (topics.some(sent => filters.some(filter => topicMatches(filter, sent)))) return
  const message = `no user of ${link.name} may publish to ${topic}`
  const wanted = [...new Set(topics.map(sent => filterFor(sent, topic)))].map(filter => `"${filter}"`).join(', ')
  complain(
    ctx,
    ['devices', device, 'topic'],
    message,
    `write publish: [ ${wanted} ] at its user under links.${link.name}`,
  )
}

/** What a user must be allowed: the device's own topic with all below it, or the folder of a topic that lies elsewhere. */
function filterFor(sent: string, topic: string): string {
  if (sent === topic || sent.startsWith(`${topic}/`)) return `${topic}/#`
  return sent.includes('/') ? `${sent.slice(0, sent.lastIndexOf('/'))}/#` : sent
}
