import { execFileSync } from 'node:child_process'

/** Makes an authority `ca.pem` in a folder, and for each name `name.pem` and `name.key` that it vouches for. */
export function createCertificates(folder: string, names: readonly string[]): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE']
  openssl('req', '-x509', ...key, '-subj', '/CN=Plant CA', ...authority, '-keyout', 'ca.key', '-out', 'ca.pem')
  for (const name of names) {
    const addresses = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', `/CN=${name}`, ...addresses]
    openssl('req', '-x509', ...key, ...signed, '-keyout', `${name}.key`, '-out', `${name}.pem`)
  }
}
