import type { Params } from '../values/point.ts'
import { fillParams } from '../values/scaling.ts'

/** Keys and array indexes from the root down. */
export type JsonPath = readonly (string | number)[]

export type ParsedPath =
  | { readonly ok: true; readonly path: JsonPath }
  | { readonly ok: false; readonly problem: string }

const bareKey = /[^.[\]'"\s]+/y
const bracket = /\[(?:(\d{1,4})|'([^']+)'|"([^"]+)")\]/y

/**
 * `params.ts`, `params['switch:{switch}'].apower`, `[0].value`: keys between dots or in brackets, indexes in
 * brackets. No wildcards, no filters, no expressions.
 */
export function parsePath(text: string): ParsedPath {
  const path: (string | number)[] = []
  let at = 0
  while (at < text.length) {
    const dot = text.charAt(at) === '.' && path.length > 0
    const form = !dot && text.charAt(at) === '[' ? bracket : bareKey
    if (form === bareKey && !dot && path.length > 0) return noPath(text, at)
    form.lastIndex = dot ? at + 1 : at
    const match = form.exec(text)
    if (!match) return noPath(text, at)
    const key = form === bareKey ? match[0] : (match[2] ?? match[3] ?? Number(match[1]))
    if (key === '__proto__') return noPath(text, at)
    path.push(key)
    at = form.lastIndex
  }
  return path.length === 0 ? noPath(text, 0) : { ok: true, path }
}

function noPath(text: string, at: number): ParsedPath {
  const rest = text.slice(at, at + 20)
  return { ok: false, problem: `"${text}" is not a path at "${rest}"; write for instance params['switch:0'].apower` }
}

/** The path of a checked profile, params filled in key by key. */
export function compilePath(text: string, params: Params): JsonPath {
  const parsed = parsePath(text)
  if (!parsed.ok) throw new TypeError(parsed.problem)
  return parsed.path.map(key => (typeof key === 'string' ? fillParams(key, params) : key))
}

/** What stands at a path; undefined where nothing does. Only own properties count. */
export function lookUp(root: unknown, path: JsonPath): unknown {
  let node = root
  for (const key of path) {
    if (typeof key === 'number') {
      if (!Array.isArray(node)) return undefined
      node = node[key]
    } else {
      if (!isMap(node) || !Object.hasOwn(node, key)) return undefined
      node = node[key]
    }
  }
  return node
}

/** Puts a value at a path, making objects and arrays on the way. Returns the root. */
export function putAt(root: unknown, path: JsonPath, value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (typeof key === 'number') {
    const list: unknown[] = Array.isArray(root) ? root : []
    while (list.length < key) list.push(null)
    list[key] = putAt(list[key], rest, value)
    return list
  }
  const map: Record<string, unknown> = isMap(root) ? root : {}
  map[key] = putAt(map[key], rest, value)
  return map
}

function isMap(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node)
}
