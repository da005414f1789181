import {
  type DeviceProfile,
  type MqttProfile,
  type SparkplugPlace,
  sparkplugTopic,
  topicMatches,
} from '@lineside/device-profiles'
import { complain, type Resolving } from '../context.ts'
import type { LinkConfig } from '../types.ts'

interface MqttDevice {
  readonly device: string
  readonly topic?: string | undefined
  readonly sparkplug?: SparkplugPlace | undefined
  readonly params: Readonly<Record<string, number | string>>
}

/** What a device sends, as far as it is known before it does. */
interface Sent {
  readonly key: 'topic' | 'sparkplug'
  /** As the user knows it. */
  readonly name: string
  readonly topics: readonly string[]
  /** What a user must be allowed. */
  readonly filters: readonly string[]
}

/** Says so where no user of our broker may publish what the device sends: it would be refused without a word. */
export function checkMayPublish(ctx: Resolving, of: MqttDevice, profile: DeviceProfile, link: LinkConfig): void {
  if (link.kind !== 'broker') return
  const sent = sentBy(of, profile)
  if (!sent) return
  const allowed = [...link.users.values()].flatMap(user => user.publish)
  if (sent.topics.some(topic => allowed.some(filter => topicMatches(filter, topic)))) return
  const message = `no user of ${link.name} may publish to ${sent.name}`
  const wanted = [...new Set(sent.filters)].map(filter => `"${filter}"`).join(', ')
  const fix = `write publish: [ ${wanted} ] at its user under links.${link.name}`
  complain(ctx, ['devices', of.device, sent.key], message, fix)
}

function sentBy(device: MqttDevice, profile: DeviceProfile): Sent | undefined {
  switch (profile.protocol) {
    case 'mqtt':
      return device.topic === undefined ? undefined : sentUnder(device.topic, device, profile)
    case 'sparkplug':
      return device.sparkplug && sentFrom(device.sparkplug)
    case 'modbus':
    case 'serial':
      return undefined
    default:
      return profile satisfies never
  }
}

function sentFrom(place: SparkplugPlace): Sent {
  const topic = sparkplugTopic(place.device === undefined ? 'NDATA' : 'DDATA', place)
  return { key: 'sparkplug', name: topic, topics: [topic], filters: [`spBv1.0/${place.group}/+/${place.node}/#`] }
}

function sentUnder(topic: string, { params }: MqttDevice, { messages }: MqttProfile): Sent {
  const topics = [...messages.values()].map(message =>
    message.topic
      .replaceAll(/\{(\w+)\}/g, (hole, name: string) => (name === 'topic' ? topic : String(params[name] ?? hole)))
      .replaceAll(/[+#]/g, 'any'),
  )
  return { key: 'topic', name: topic, topics, filters: topics.map(one => filterFor(one, topic)) }
}

/** What a user must be allowed: the device's own topic with all below it, or the folder of a topic that lies elsewhere. */
function filterFor(sent: string, topic: string): string {
  if (sent === topic || sent.startsWith(`${topic}/`)) return `${topic}/#`
  return sent.includes('/') ? `${sent.slice(0, sent.lastIndexOf('/'))}/#` : sent
}
