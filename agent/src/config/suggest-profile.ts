import { didYouMean, orList } from '@lineside/settings'

/** What to write instead of the name of a profile that is not there. */
export function suggestProfile(written: string, names: Iterable<string>): string {
  const all = [...new Set(names)].toSorted()
  const near = didYouMean(written, all)
  if (near !== undefined) return `did you mean ${near}? lineside profile list shows all`
  if (/\.ya?ml$/.test(written)) return 'write what stands behind profile: in that file, and its folder under profiles:'
  const vendor = `${written.split('/')[0]?.toLowerCase() ?? ''}/`
  const ofVendor = all.filter(name => name.startsWith(vendor))
  if (ofVendor.length > 0) return `${vendor.slice(0, -1)} has ${orList(ofVendor)}`
  return 'lineside profile list shows all'
}
