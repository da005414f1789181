// Preloaded into each program that the demo starts: without it they would live on when the demo is killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
