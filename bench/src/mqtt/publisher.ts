import { setTimeout as wait } from 'node:timers/promises'
import mqtt from 'mqtt'

/**
 * Publishes at QoS 1 to `devices` topics, `rate` messages a second for `seconds`, and prints how many were acknowledged and
 * in how many seconds: `node publisher.ts PORT DEVICES RATE SECONDS`.
 */
const [port = 0, devices = 1, rate = 1, seconds = 1] = process.argv.slice(2).map(Number)
/** Messages that wait for their PUBACK; the publisher falls behind rather than have more. */
const mostWaiting = 20_000
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'publisher' })
client.stream.on('error', () => process.exit(1))
const began = performance.now()
const count = rate * seconds
let sent = 0
let acknowledged = 0
const last = Promise.withResolvers<undefined>()
while (sent < count) {
  const due = Math.min(count, Math.ceil(((performance.now() - began) / 1000) * rate))
  while (sent < due && sent - acknowledged < mostWaiting) {
    const n = sent++
    const payload = `{"temperature":${(20 + (n % 1000) / 100).toFixed(2)},"count":${n}}`
    client.publish(`plant/device${n % devices}/state`, payload, { qos: 1 }, error => {
      if (!error && ++acknowledged === count) last.resolve(undefined)
    })
  }
  // oxlint-disable-next-line no-await-in-loop -- the pace
  await wait(5)
}
await last.promise
const took = (performance.now() - began) / 1000
await client.endAsync()
process.stdout.write(`${JSON.stringify({ acknowledged, seconds: took })}\n`)
