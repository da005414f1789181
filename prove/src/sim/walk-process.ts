import { walk } from './walk.ts'

// Walks each seed that it is sent, one after the other, and answers with what came of it.
process.on('message', seed => {
  void walk(Number(seed)).then(result => process.send?.(result))
})
process.on('disconnect', () => process.exit())
