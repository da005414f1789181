import type { Remark } from './remark.ts'
import { type Document, type Problem, problemAt, sortProblems } from '@lineside/settings'
import { keyOrderProblems } from './lint-order.ts'
import { loadProfiles, type ProfileFile } from './loader.ts'
import type { DeviceProfile } from './profile.ts'
import { protocolOf } from './protocols.ts'
import { isUnit } from './units.ts'

/** What is wrong with these profiles, and what a reviewer would ask for. Empty: fit for the library. */
export function lintProfiles(files: readonly ProfileFile[]): readonly Problem[] {
  const { profiles, documents, problems } = loadProfiles(files)
  const remarks = [...profiles].flatMap(([name, profile]) => {
    const document = documents.get(name)
    if (!document) return []
    return lint(profile, document).map(remark => problemAt(document, remark.path, remark.message))
  })
  return sortProblems([...problems, ...remarks])
}

function lint(profile: DeviceProfile, document: Document): readonly Remark[] {
  const protocol = protocolOf(profile)
  return [
    ...lintHead(profile, document),
    ...lintPoints(profile),
    ...keyOrderProblems(document, protocol.keyOrder),
    ...protocol.lint(profile),
  ]
}

function lintHead(profile: DeviceProfile, document: Document): Remark[] {
  const remarks: Remark[] = []
  const path = `${profile.profile}.yaml`
  if (document.file !== path && !document.file.endsWith(`/${path}`)) {
    remarks.push({ path: ['profile'], message: `the file is not called ${path}; rename the file or the profile` })
  }
  if (profile.sources.length === 0) {
    remarks.push({ path: [], message: 'sources is missing; write where the facts come from and how sure they are' })
  }
  for (const [name, { message, action }] of profile.alarms ?? []) {
    if (message !== undefined && action !== undefined) continue
    remarks.push({ path: ['alarms', name], message: 'people get no help from it; write message and action' })
  }
  if (profile.tests.length === 0) {
    remarks.push({ path: [], message: 'tests is missing; write what the device sent and what its display showed' })
  }
  const text = JSON.stringify(document.value, (key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : key === 'params' ? undefined : value,
  )
  for (const name of profile.params.keys()) {
    if (!text.includes(name)) remarks.push({ path: ['params', name], message: `param ${name} is not used; remove it` })
  }
  return remarks
}

function lintPoints(profile: DeviceProfile): Remark[] {
  const remarks: Remark[] = []
  for (const point of profile.points.values()) {
    const path = ['points', point.name]
    if (point.unit !== undefined && !isUnit(point.unit)) {
      const message = `${point.unit} is no UCUM code; write for instance V, kW.h, Cel, % or m3/h`
      remarks.push({ path: [...path, 'unit'], message })
    }
  }
  return remarks
}
