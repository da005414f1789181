/** 1,000 readings a second: so many devices × points, each once a second. */
export const devices = 20
export const points = 50
export const gateway = 'bench'
