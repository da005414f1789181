import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Change } from './recording.ts'

type DataChange = Extract<Change, { op: 'write' | 'truncate' }>
type NameChange = Extract<Change, { op: 'create' | 'rename' | 'unlink' | 'mkdir' }>

interface File {
  durable: Buffer
  /** Since the last sync. */
  pending: DataChange[]
}

/** Path → id of a file, or `folder`. */
type Tree = Map<string, number | 'folder'>

/**
 * A disk with a cache that a power cut may lose: what was synced is there, of all else any part may be, in sectors;
 * names too, until their folder was synced. A rename is there whole or not at all, as in every journal of names.
 */
export class Disk {
  readonly #files = new Map<number, File>()
  readonly #durable: Tree = new Map()
  #pending: NameChange[] = []

  apply(change: Change): void {
    switch (change.op) {
      case 'write':
      case 'truncate':
        return void this.#file(change.id).pending.push(change)
      case 'sync': {
        const file = this.#file(change.id)
        file.durable = changed(file.durable, file.pending)
        file.pending = []
        return
      }
      case 'syncFolder': {
        const isHere = (name: NameChange) => foldersOf(name).includes(change.path)
        for (const name of this.#pending) if (isHere(name)) rename(this.#durable, name)
        this.#pending = this.#pending.filter(name => !isHere(name))
        return
      }
      case 'mark':
        return
      default:
        this.#pending.push(change)
    }
  }

  /** What the disk may hold after a power cut at this moment: path → content. */
  afterCut(random: () => number): ReadonlyMap<string, Buffer | 'folder'> {
    const tree: Tree = new Map(this.#durable)
    // Most file systems keep the order of names, none has to.
    const inOrder = random() < 0.5 ? Math.floor(random() * (this.#pending.length + 1)) : undefined
    const share = anyShare(random)
    for (const [i, name] of this.#pending.entries()) {
      if (inOrder === undefined ? random() < share : i < inOrder) rename(tree, name)
    }
    const sector = random() < 0.5 ? 512 : 4096
    return this.#contents(tree, file => {
      const kept = anyShare(random)
      return file.pending.flatMap(change => sectorsOf(change, sector)).filter(() => random() < kept)
    })
  }

  /** All that was written, as if there were no cache. */
  whole(): ReadonlyMap<string, Buffer | 'folder'> {
    const tree: Tree = new Map(this.#durable)
    for (const name of this.#pending) rename(tree, name)
    return this.#contents(tree, file => file.pending)
  }

  #contents(tree: Tree, choose: (file: File) => readonly DataChange[]): ReadonlyMap<string, Buffer | 'folder'> {
    const contents = new Map<string, Buffer | 'folder'>()
    for (const [path, id] of tree) {
      if (id === 'folder') {
        contents.set(path, id)
        continue
      }
      const file = this.#file(id)
      contents.set(path, changed(file.durable, choose(file)))
    }
    return contents
  }

  #file(id: number): File {
    const file = this.#files.get(id) ?? { durable: Buffer.alloc(0), pending: [] }
    this.#files.set(id, file)
    return file
  }
}

/** Writes contents to a real folder, from `root` over to `target`; what lies in no folder is lost with it. */
export function writeContents(contents: ReadonlyMap<string, Buffer | 'folder'>, root: string, target: string): void {
  const made = new Set([root])
  mkdirSync(target, { recursive: true })
  for (const path of [...contents.keys()].toSorted((a, b) => a.length - b.length)) {
    const content = contents.get(path)
    if (content === undefined || !made.has(dirname(path))) continue
    const to = target + path.slice(root.length)
    if (content === 'folder') {
      mkdirSync(to)
      made.add(path)
    } else writeFileSync(to, content)
  }
}

/** None, all, or some: the extremes are the likeliest cuts. */
function anyShare(random: () => number): number {
  const dice = random()
  return dice < 0.25 ? 0 : dice < 0.4 ? 1 : random()
}

function foldersOf(name: NameChange): readonly string[] {
  return name.op === 'rename' ? [dirname(name.path), dirname(name.to)] : [dirname(name.path)]
}

function rename(tree: Tree, name: NameChange): void {
  switch (name.op) {
    case 'create':
      return void tree.set(name.path, name.id)
    case 'mkdir':
      return void tree.set(name.path, 'folder')
    case 'unlink':
      return void tree.delete(name.path)
    default: {
      const id = tree.get(name.path)
      if (id === undefined) return
      tree.delete(name.path)
      tree.set(name.to, id)
    }
  }
}

/** A content with changes one after the other; the one given stays as it is. */
function changed(content: Buffer, changes: readonly DataChange[]): Buffer {
  const room = changes.reduce((most, one) => Math.max(most, one.op === 'write' ? one.at + one.bytes.length : 0), 0)
  const bytes = Buffer.alloc(Math.max(content.length, room, ...changes.map(one => (one.op === 'write' ? 0 : one.size))))
  content.copy(bytes)
  let size = content.length
  for (const change of changes) {
    if (change.op === 'write') {
      change.bytes.copy(bytes, change.at)
      size = Math.max(size, change.at + change.bytes.length)
    } else {
      bytes.fill(0, Math.min(size, change.size), size)
      size = change.size
    }
  }
  return bytes.subarray(0, size)
}

function sectorsOf(change: DataChange, sector: number): readonly DataChange[] {
  if (change.op === 'truncate') return [change]
  const { id, at, bytes } = change
  const parts: DataChange[] = []
  for (let from = at; from < at + bytes.length; ) {
    const to = Math.min(at + bytes.length, (Math.floor(from / sector) + 1) * sector)
    parts.push({ op: 'write', id, at: from, bytes: bytes.subarray(from - at, to - at) })
    from = to
  }
  return parts
}
