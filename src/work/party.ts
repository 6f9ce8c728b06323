/** What a party may be called and what its company number must be; pure, the same for every surface. */
import { z } from 'zod'
import { parseCvr } from '../lib/cvr.ts'
import { cleanText } from '../lib/text.ts'

/** A name of 1–200 characters, cleaned of what cannot be seen. */
export const partyName = z.string().max(400).transform(cleanText).pipe(z.string().min(1).max(200))

/** Eight digits of a number that can exist, or null when none was given. */
export const partyCvr = z
  .string()
  .max(40)
  .optional()
  .transform((text, context) => {
    if (text === undefined || text.trim() === '') return null
    const parsed = parseCvr(text)
    if (parsed.ok) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.code })
    return z.NEVER
  })
