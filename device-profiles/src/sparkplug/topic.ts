/** Where a device's metrics are: `device` is absent for those of the edge node itself. */
export interface SparkplugPlace {
  readonly group: string
  readonly node: string
  readonly device?: string
}

export const messageTypes = ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'] as const
export type MessageType = (typeof messageTypes)[number]

export interface SparkplugTopic extends SparkplugPlace {
  readonly type: MessageType
}

const namespace = 'spBv1.0'

/** `spBv1.0/group/type/node[/device]`; undefined for commands, host states and all that is none. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [first, group, written, node, device, ...more] = topic.split('/')
  const type = messageTypes.find(known => known === written)
  if (first !== namespace || !group || !node || type === undefined || more.length > 0) return undefined
  const ofDevice = type.startsWith('D')
  if (ofDevice !== (device !== undefined && device !== '')) return undefined
  return { type, group, node, ...(device === undefined ? {} : { device }) }
}

/** Topic of a message, also of one to a node. */
export function sparkplugTopic(type: MessageType | 'NCMD', { group, node, device }: SparkplugPlace): string {
  const base = `${namespace}/${group}/${type}/${node}`
  return device === undefined || type.startsWith('N') ? base : `${base}/${device}`
}

/** All that a node says, of itself and of its devices. */
export function nodeFilters({ group, node }: SparkplugPlace): readonly string[] {
  return [`${namespace}/${group}/+/${node}`, `${namespace}/${group}/+/${node}/+`]
}
