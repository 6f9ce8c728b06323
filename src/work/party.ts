/** What a party may be called and what its company number must be; pure, the same for every surface. */
import { z } from 'zod'
import { containsCard } from '../lib/card.ts'
import { mayContainCpr } from '../lib/cpr.ts'
import { parseCvr } from '../lib/cvr.ts'
import { cleanText } from '../lib/text.ts'

/** A name of 1–200 characters, cleaned of the invisible. It lies in clear, so no person's number is in it (S13). */
export const partyName = z
  .string()
  .max(400)
  .transform(cleanText)
  .pipe(z.string().min(1).max(200))
  .refine(name => !mayContainCpr(name) && !containsCard(name), 'name_holds_a_number')

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
