import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** Extended key usages (RFC 5280, section 4.2.1.12) of a server. */
const serverUsages: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'])

/** The certificates of a PEM text; throws where one of them can't be read. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => new X509Certificate(block))
}

/**
 * What keeps a server's certificate from being the one that the configured authority vouches for, in words; undefined
 * where nothing does. `pins` holds the certificate itself, or that of the authority which signed it: intermediate ones
 * that the server sends along are not followed here. Times are checked at `atMs`, and not at all where it is absent.
 *
 * OpenSSL can't be asked this: it checks at the machine's clock, and of several errors it tells but the last.
 */
export function pinProblem(
  leaf: X509Certificate,
  pins: readonly X509Certificate[],
  host: string,
  atMs?: number,
): string | undefined {
  const named = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)
  if (named === undefined) return `the certificate is not for ${host}`
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.some(usage => serverUsages.has(usage))) {
    return 'the certificate is not that of a server'
  }
  const itself = pins.find(pin => pin.raw.equals(leaf.raw))
  const issuer = itself ?? pins.find(pin => pin.ca && leaf.checkIssued(pin) && leaf.verify(pin.publicKey))
  if (!issuer) return 'no certificate under cloud.ca is this one, or has signed it'
  if (atMs === undefined) return undefined
  for (const { validFromDate, validToDate } of [leaf, issuer]) {
    if (atMs < validFromDate.getTime()) return 'the certificate is not valid yet'
    if (atMs > validToDate.getTime()) return 'the certificate is not valid any more'
  }
  return undefined
}
