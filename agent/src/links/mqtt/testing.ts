import type { MqttMessage, MqttPoint, MqttProfile, SparkplugPoint, SparkplugProfile } from '@lineside/device-profiles'
import { testBase, testNumber } from '../testing.ts'

const mqttPoint = (name: string): MqttPoint => ({
  ...testNumber,
  protocol: 'mqtt',
  name,
  from: [{ message: 'state', path: name }],
})

/** JSON messages `{"a": 1, "b": 2}` on `{topic}/state`, and `online` or `offline` on `{topic}/available`. */
export function testMqttProfile(): MqttProfile {
  return {
    ...testBase,
    protocol: 'mqtt',
    topic: { description: 'name of the device', example: 'plant/d' },
    messages: new Map<string, MqttMessage>([
      ['state', { name: 'state', topic: '{topic}/state', payload: 'json', match: new Map(), retain: false }],
      [
        'available',
        {
          name: 'available',
          topic: '{topic}/available',
          payload: 'text',
          match: new Map(),
          available: { online: ['online'], offline: ['offline'] },
          retain: true,
        },
      ],
    ]),
    points: new Map([mqttPoint('a'), mqttPoint('b')].map(p => [p.name, p])),
  }
}

const sparkplugPoint = (name: string): SparkplugPoint => ({
  ...testNumber,
  protocol: 'sparkplug',
  name,
  metric: `Inputs/${name}`,
  datatype: 'Double',
})

/** Metrics `Inputs/a` and `Inputs/b`. */
export function testSparkplugProfile(): SparkplugProfile {
  return { ...testBase, protocol: 'sparkplug', points: new Map(['a', 'b'].map(name => [name, sparkplugPoint(name)])) }
}
