import { expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { textIo } from '../../config/testing.ts'
import { checkReport } from './report.ts'

function report(text: string, folder?: string) {
  return checkReport(loadConfig('/l/l.yaml', textIo({ '/l/l.yaml': text })), folder)
}

const plant = `gateway: gw
storage: { path: buffer, max_size: 8GB }
links: { packing: { modbus_tcp: "192.0.2.10:502" }, scale: { serial_tcp: "192.0.2.11:4001" } }
devices:
  meter: { profile: acme/meter, link: packing, unit_id: 1, every: 100ms, alarms: { a: { point: voltage, high: 250 } } }
  scale: { profile: acme/scale, link: scale }
`

test('prints what would run where nothing is wrong', () => {
  const { text, exitCode } = report(plant)
  expect(exitCode).toBe(0)
  expect(text).toMatchInlineSnapshot(`
    "gw: no problems
      2 links, 2 devices, 5 points, 1 alarm
      packing: 1 device, 1 request and 12 ms of every 100ms (12 %)
      scale: 1 device, 0.50 requests a second
      buffer /l/buffer, at most 8GB
      cloud none
    "
  `)
})

test('prints every problem, what would run in spite of them, and fails', () => {
  const { text, exitCode } = report(`${plant}  bad: { profile: acme/metre, link: packing, unit_id: 2 }\n`)
  expect(exitCode).toBe(1)
  expect(text).toMatchInlineSnapshot(`
    "/l/l.yaml:7:19 devices.bad.profile: there is no profile acme/metre; did you mean acme/meter? lineside profile list shows all

    1 problem: 1 device would not run
    gw: what would run
      2 links, 2 devices, 5 points, 1 alarm
      packing: 1 device, 1 request and 12 ms of every 100ms (12 %)
      scale: 1 device, 0.50 requests a second
      buffer /l/buffer, at most 8GB
      cloud none
    "
  `)
})

test('says so where the agent would not start', () => {
  const { text, exitCode } = report('gatway: gw', '/l')
  expect(exitCode).toBe(1)
  expect(text).toMatchInlineSnapshot(`
    "l.yaml:1:1 gatway: gatway is not a known key; write gateway

    1 problem: the agent would not start
    "
  `)
})

test('an interval that the profile makes longer is told', () => {
  const { text } = report(`gateway: gw
storage: { path: buffer }
links: { bench: { serial_tcp: "192.0.2.11:4001" } }
devices: { scale: { profile: acme/scale, link: bench, every: 200ms } }
`)
  expect(text).toContain('scale: read every 2s, as its profile says; an every at its points changes that')
})

test("a line that can't keep its intervals is no mistake, and has a status of its own", () => {
  const { text, exitCode } = report(`gateway: gw
storage: { path: buffer, max_size: 8GB }
links: { packing: { modbus_rtu: /dev/ttyUSB0, baud: 1200 } }
devices:
  one: { profile: acme/meter, link: packing, unit_id: 1, every: 100ms }
  two: { profile: acme/meter, link: packing, unit_id: 2, every: 100ms }
`)
  expect(exitCode).toBe(3)
  expect(text).toMatchInlineSnapshot(`
    "gw: no problems
      1 link, 2 devices, 8 points, 0 alarms
      packing: 2 devices, 2 requests and 435 ms of every 100ms (435 %)
        it can't keep its intervals; one of these helps:
          every: 1s where it is 100ms, and all others as much longer: 43 %
          baud: 9600 here and in every device: 72 %
          fewer points of one, which takes 217 %: 2 requests for 4 points
        a poll of all points of one takes 401 ms, and what is wanted every 100ms on this line waits for it
        computed with 10 ms until a device answers; a silent device takes at most 2.4 s until it counts as offline, then 5 %
        /dev/ttyUSB0 may be another adapter after the next start; its name under /dev/serial/by-id stays with it
      buffer /l/buffer, at most 8GB
      cloud none
    "
  `)
})
