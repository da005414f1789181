import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { agentStatus, createFolder, deviceValues, startProgram, until } from '../program.ts'
import { createCertificates } from './certificates.ts'
import { startMosquitto } from './mosquitto-server.ts'

const profile = `profile: test/room
vendor: Test
model: Room
protocol: mqtt
topic: { description: base topic, example: plant/room }
sources: [ { title: made for this test, confidence: high } ]
messages:
  any: { topic: "{topic}/+/json/#" }
  text: { topic: "{topic}/humidity", payload: text }
points:
  temperature: { from: { message: any, path: "list[1].value" }, type: number, unit: Cel }
  humidity: { from: { message: text }, type: number, unit: "%" }
`

describeWith(['mosquitto', 'openssl'], 'Mosquitto with TLS, users and client certificates', () => {
  test('is read and published to by whom it knows; the others are told why not', async () => {
    const [tls = 0, plain = 0, page = 0] = await freePorts(3)
    const secure = `mqtt: "mqtts://127.0.0.1:${tls}", ca: ca.pem`
    const user = 'username: edge, password: { file: secret }'
    const certificate = 'client_cert: { cert: gateway.pem, key: { file: gateway.key } }'
    const common = `
gateway: others
profiles: ./profiles
storage: { path: ./buffer, max_size: 100MB, commit_every: 100ms }
page: { listen: "127.0.0.1:${page}" }
links:
  good: { ${secure}, ${user}, ${certificate}, max_packet: 10kB }
  wrong_password: { ${secure}, username: edge, password: { file: wrong }, ${certificate} }
  no_certificate: { ${secure}, ${user} }
  no_ca: { mqtt: "mqtts://127.0.0.1:${tls}", ${user}, ${certificate} }
  plain_port: { mqtt: "mqtts://127.0.0.1:${plain}", ca: ca.pem }
  other_name: { mqtt: "mqtts://127.0.0.2:${tls}", ca: ca.pem }
  tls_port: { mqtt: "mqtt://127.0.0.1:${tls}" }
`
    const linkNames = ['good', 'wrong_password', 'no_certificate', 'no_ca', 'plain_port', 'other_name', 'tls_port']
    using folder = createFolder({
      'check.yaml': `${common}
devices:
${linkNames.map(link => `  on_${link}: { profile: test/room, link: ${link}, topic: plant/room }`).join('\n')}
`,
      'lineside.yaml': `${common}
devices:
  room: { profile: test/room, link: good, topic: plant/room,
    alarms: { damp: { point: humidity, high: 80, message: Too damp, action: Open a window } } }
notify: { panel: { mqtt: good, topic: lineside/alarms } }
`,
      'profiles/test/room.yaml': profile,
      secret: 'of the plant\n',
      wrong: 'guess\n',
      acl: 'user edge\ntopic read plant/#\ntopic write lineside/#\nuser other\ntopic readwrite #\n',
    })
    createCertificates(folder.path, ['server', 'gateway'])
    for (const [name, password] of [
      ['edge', 'of the plant'],
      ['other', 'x'],
    ] as const) {
      const file = join(folder.path, 'passwords')
      writeFileSync(file, '', { flag: 'a', mode: 0o600 })
      execFileSync('mosquitto_passwd', ['-b', file, name, password], { stdio: 'pipe' })
    }
    await using broker = await startMosquitto(folder.path, tls, [
      'per_listener_settings false',
      'allow_anonymous false',
      `password_file ${join(folder.path, 'passwords')}`,
      `acl_file ${join(folder.path, 'acl')}`,
      `listener ${plain} 127.0.0.1`,
      ...['127.0.0.2', '127.0.0.1'].flatMap(host => [
        `listener ${tls} ${host}`,
        ...['cafile ca.pem', 'certfile server.pem', 'keyfile server.key'].map(line =>
          line.replace(' ', ` ${folder.path}/`),
        ),
        'require_certificate true',
      ]),
    ])
    const other = await mqtt.connectAsync(`mqtts://127.0.0.1:${tls}`, {
      username: 'other',
      password: 'x',
      ca: readFileSync(join(folder.path, 'ca.pem')),
      cert: readFileSync(join(folder.path, 'gateway.pem')),
      key: readFileSync(join(folder.path, 'gateway.key')),
    })
    const heard: string[] = []
    other.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`))
    await other.subscribeAsync('lineside/#')
    const wrong = {
      wrong_password: 'the broker refuses: not authorized',
      no_certificate: `127.0.0.1:${tls} wants a certificate of the gateway; see client_cert`,
      no_ca: expect.stringMatching(/^nobody that is trusted vouches for 127\.0\.0\.1:\d+ \(.*\); see ca$/),
      other_name: `the certificate of 127.0.0.2:${tls} is for localhost, 127.0.0.1; write one of its names in mqtts://, or let it have this one`,
      tls_port: expect.stringMatching(/^connection \w+ by .* before it answered; if it wants TLS, write mqtts:\/\/$/),
      plain_port: expect.stringMatching(/before TLS was agreed on; see mqtts:\/\/ and the port$/),
    }
    const check = startProgram('lineside', ['check', 'check.yaml', '--live', '--wait', '200ms', '--json'], folder.path)
    expect(await check.ended, check.output()).toBe(1)
    const { live } = JSON.parse(check.printed()) as { live: { link: string; reason: string }[] }
    expect(Object.fromEntries(live.map(({ link, reason }) => [link, reason]))).toEqual({
      good: 'connected, no message within 0.2 s',
      ...wrong,
    })
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
    const buffer = join(folder.path, 'buffer')
    const links = await until('every link', async () => {
      const all = (await agentStatus(buffer))?.links ?? []
      return all.length === linkNames.length && all.every(link => link.state !== 'starting') ? all : undefined
    })
    expect(Object.fromEntries(links.map(link => [link.name, link.reason ?? link.state]))).toEqual({
      good: 'online',
      ...wrong,
    })
    const say = (topic: string, payload: string) => other.publishAsync(topic, payload, { qos: 1 })
    await say('plant/room/x/json/a/b', '{"list": [0, {"value": "21.5"}]}')
    // More than max_packet: the broker drops it, and the next one comes.
    await say('plant/room/x/json', JSON.stringify({ list: [0, { value: 99 }], pad: 'x'.repeat(20_000) }))
    await say('plant/room/humidity', '85')
    expect(await deviceValues(buffer, 'room', ['temperature', 'humidity'])).toEqual({ temperature: 21.5, humidity: 85 })
    await until('the alarm', () => heard.find(text => text.startsWith('lineside/alarms/room/damp ')))
    other.end(true)
    expect(await agent.stop(), agent.output() + broker.output()).toBe(0)
  })
})
