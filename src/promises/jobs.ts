/** The scheduled job of the promise board: its figures are measured once a minute, whoever looks at them. */
import type { Job } from '../platform/job.ts'
import { measure } from './measured.ts'

export const jobs: readonly Job[] = [{ name: 'promises.measure', every: '* * * * *', run: measure }]
