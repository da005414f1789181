interface LineSettings {
  readonly baud?: number
  readonly parity?: 'none' | 'even' | 'odd'
  readonly dataBits?: 7 | 8
  readonly stopBits?: 1 | 2
  readonly unitId?: number
}

/** `9600 baud, 8N1, unit id 1`: how a device on a line leaves the factory; undefined where nothing is known. */
export function lineAsDelivered({ baud, parity, dataBits, stopBits, unitId }: LineSettings): string | undefined {
  const isWhole = parity !== undefined && dataBits !== undefined && stopBits !== undefined
  const all = [
    ...(baud === undefined ? [] : [`${baud} baud`]),
    ...(isWhole ? [`${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`] : []),
    ...(unitId === undefined ? [] : [`unit id ${unitId}`]),
  ]
  return all.length === 0 ? undefined : all.join(', ')
}
