import { systemClock } from '@lineside/contract'
import {
  compileModbusReader,
  type DeviceProfile,
  decodeResponse,
  type ModbusProfile,
  type Readings,
} from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import { libraryProfiles } from '../plant/testing.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { ModbusUnit } from './modbus-unit.ts'
import { mqttDevice } from './mqtt-device.ts'
import type { Playing } from './playing.ts'
import { sparkplugDevice } from './sparkplug-device.ts'
import { serialDevice } from './serial-device.ts'
import { makeMessage, type TextMessage } from './text-message.ts'

const profiles = [...libraryProfiles.values()]
const options = { seed: 7, column: () => [] }
/** Moments of the plant, over two minutes. */
const moments = Array.from({ length: 40 }, (_, i) => i * 3_000)

function play(profile: DeviceProfile) {
  let tMs = 0
  const playing: Playing = {
    clock: systemClock,
    ledger: new Ledger({ write: () => undefined, close: async () => undefined }),
    elapsed: () => tMs,
  }
  const device: PlantDevice = {
    name: 'device',
    profile,
    link: 'link',
    unitId: 1,
    topic: 'some/topic',
    params: paramsFor(profile),
    everyMs: 1000,
    points: new Map(),
    scenarios: [],
  }
  return { playing, device, turnTo: (to: number) => (tMs = to) }
}

/** What a user would have to set, set to 1. */
function paramsFor(profile: DeviceProfile): Record<string, number | string> {
  return Object.fromEntries([...profile.params].map(([name, param]) => [name, param.default ?? 1]))
}

function planOf(profile: ModbusProfile) {
  return compileModbusReader(profile, { params: paramsFor(profile) }).plan([...profile.points.keys()])
}

/** A reply of switches and texts alone has too few forms to be always another. */
function isMeasured(profile: ModbusProfile): boolean {
  const few = ['bool', 'enum', 'bitfield', 'string']
  return planOf(profile).every(
    ({ points }) => points.length === 0 || points.some(name => !few.includes(profile.points.get(name)?.type ?? 'bool')),
  )
}

function readModbus(profile: ModbusProfile, unit: ModbusUnit, tMs: number) {
  const into: Readings = { values: {}, quality: undefined }
  const noted: Record<string, unknown> = {}
  for (const request of planOf(profile)) {
    const answer = unit.answer(request, tMs)
    const reply = decodeResponse(request, answer.pdu)
    expect(reply.kind).toBe('data')
    if (reply.kind === 'data') request.decode(reply.data, into)
    Object.assign(noted, answer.draft?.points)
  }
  return { into, noted }
}

test.each(profiles.map(profile => [profile.profile, profile] as const))(
  '%s plays without a word about its points: every point has a good value, and the ledger is what the agent decodes',
  (_name, profile) => {
    const { playing, device, turnTo } = play(profile)
    const seen = new Set<string>()
    if (profile.protocol === 'modbus') {
      const unit = new ModbusUnit(device, profile, playing, options)
      for (const tMs of moments) {
        const { into, noted } = readModbus(profile, unit, tMs)
        expect(into.quality).toBeUndefined()
        expect(noted).toEqual(into.values)
        for (const point of Object.keys(into.values)) seen.add(point)
      }
      expect(isMeasured(profile) ? unit.repeated : 0).toBe(0)
    } else {
      const messages: readonly TextMessage<unknown>[] = messagesOf(profile, device)
      const given = new Set<string>()
      for (const tMs of moments) {
        turnTo(tMs)
        for (const message of messages) {
          const made = makeMessage(message, playing)
          const drafts = made?.drafts ?? []
          expect(drafts.filter(draft => draft.quality !== undefined)).toEqual([])
          for (const draft of drafts) for (const point of Object.keys(draft.points)) seen.add(point)
          given.add(JSON.stringify(drafts.map(draft => draft.points)))
        }
      }
      expect(given.size).toBe(moments.length * messages.length)
    }
    expect([...profile.points.keys()].filter(point => !seen.has(point))).toEqual([])
  },
)

function messagesOf(profile: DeviceProfile, device: PlantDevice): readonly TextMessage<unknown>[] {
  if (profile.protocol === 'mqtt') return erased(mqttDevice(device, profile, () => 1_763_700_000_000, options).messages)
  if (profile.protocol === 'sparkplug') {
    const played = sparkplugDevice(device, profile, { group: 'g', node: 'n' }, () => 1_763_700_000_000, options)
    played.will()
    played.availability(true)
    return erased(played.messages)
  }
  if (profile.protocol !== 'serial') return []
  const { messages, questions } = serialDevice(device, profile, () => 1_763_700_000_000, options)
  return erased([...messages, ...questions.map(question => question.answer)])
}

/** Messages whose encoded form is of no interest here. */
function erased<T>(messages: readonly TextMessage<T>[]): readonly TextMessage<unknown>[] {
  return messages.map(message => {
    let last: T | undefined
    return {
      ...message,
      encode(values) {
        last = message.encode(values)
        return last
      },
      decode: () => (last === undefined ? undefined : message.decode(last)),
    }
  })
}
