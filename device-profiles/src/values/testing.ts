import { parseDocument, type Problem } from '@lineside/settings'
import type { DeviceProfile } from '../profile.ts'
import { protocols } from '../protocols.ts'

/** Loads one profile from YAML, its head written for it. */
export function loadYaml(
  protocol: DeviceProfile['protocol'],
  text: string,
): { readonly profile?: DeviceProfile; readonly problems: readonly Problem[] } {
  const head = `profile: test/device\nvendor: Test\nmodel: Device\nprotocol: ${protocol}\n`
  const { document, problems } = parseDocument('device.yaml', head + text)
  if (document === undefined || problems.length > 0) return { problems }
  return protocols.get(protocol)?.load(document) ?? { problems }
}
