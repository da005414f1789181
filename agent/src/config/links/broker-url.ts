import * as z from 'zod'

/** Where a broker is, as its URL says. */
export interface BrokerUrl {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

export const brokerUrl = z
  .string()
  .min(1)
  .transform((written, ctx): BrokerUrl => {
    const url = /^[a-z+]+:\/\//i.test(written) && URL.canParse(written) ? new URL(written) : undefined
    const refusal =
      url === undefined ? 'is not the URL of a broker; write for instance mqtts://broker.example' : urlRefusal(url)
    if (url !== undefined && refusal === undefined) {
      const secure = url.protocol === 'mqtts:'
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      return { secure, host, port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port) }
    }
    // A URL with a password in it is not shown.
    const shown = written.includes('@') ? 'the URL ' : `"${written}" `
    ctx.issues.push({ code: 'custom', input: written, message: `${shown}${refusal ?? ''}` })
    return z.NEVER
  })
  .meta({ description: 'where the broker is', examples: ['mqtts://broker.example'] })

function urlRefusal(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '')
    return 'holds a user or password; write them under username and password'
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
    return 'is not the URL of a broker; write mqtts://host, or mqtt://host where it has no encryption'
  if (url.hostname === '') return 'names no host; write for instance mqtts://broker.example'
  if (url.port === '0') return 'names port 0, where nothing is; write the port of the broker'
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    return 'holds more than host and port; remove what follows them'
  return undefined
}
