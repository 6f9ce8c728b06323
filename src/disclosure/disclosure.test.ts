/** S15, S21, S22: to whom something goes, that the person is told, and that it is readable to the recipient alone. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Decrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { client, debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as cases from '../cases/cases.ts'
import * as consents from '../consents/consents.ts'
import type { Call } from '../platform/command.ts'
import { once } from '../platform/idempotency.ts'
import { Problem } from '../platform/problems.ts'
import { act, look } from '../platform/world.ts'
import * as notices from '../notices/notices.ts'
import { compile } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { routes } from './api.ts'
import { commands } from './cli.ts'
import * as disclosure from './disclosure.ts'
import { jobs } from './jobs.ts'

let kit: Kit
let identity: string
let key: string

before(async () => {
  kit = await openKit()
  identity = await generateHybridIdentity()
  key = await identityToRecipient(identity)
})
after(() => kit.close())

const worker = () => kit.actor('caseWorker')
const disclose = (wanted: disclosure.Wanted, actor = worker()) =>
  act(kit.world, actor, ctx => disclosure.disclose(ctx, wanted))
const toCreditor = (of: Debtor, more: Partial<disclosure.Wanted> = {}) =>
  disclose({ caseId: of.caseId, recipient: { kind: 'creditor' }, ...more })
const fetchIt = (id: string, actor = worker()) => act(kit.world, actor, ctx => disclosure.fetchPackage(ctx, id))
const refusedBy = (clause: string, rule?: string) => (error: unknown) =>
  error instanceof Problem && error.refusal.clause === clause && (rule === undefined || error.refusal.rule === rule)
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code
const in30Days = async () => (await kit.owner(`select (current_date + 30)::text as day`))[0]!['day'] as string

async function person(reference: string, clientName = 'Strandby Energi'): Promise<Debtor> {
  await client(kit, clientName, key)
  return debtor(kit, { reference, client: clientName })
}

async function party(kind: work.PartyKind, name: string): Promise<string> {
  return (await act(kit.world, kit.actor('admin'), ctx => work.register(ctx, { kind, name, ageRecipient: key })))
    .partyId
}

async function demandOf(of: Debtor, authorityId: string, fields: string[]): Promise<string> {
  return act(kit.world, worker(), ctx =>
    cases.recordDemand(ctx, of.caseId, {
      authorityId,
      reference: 'J-2026-1',
      legalBasis: 'Skattekontrolloven § 59',
      fields,
      demandedOn: ctx.today,
      validUntil: ctx.today,
    }),
  )
}

/** What the person typed on the site, in a relationship of its own. */
async function webRecord(of: Debtor): Promise<string> {
  return act(kit.world, worker(), async ctx => {
    const relationshipId = await work.openRelationship(ctx, { subjectId: of.subjectId, kind: 'webAccount' })
    const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
    const record = {
      subjectId: of.subjectId,
      relationshipId,
      category: 'web_contact',
      source: 'website',
      host: 'intrum.dk',
      values: { phone: '+4530112233', fax: '+4530112234' },
      eraseBy: await in30Days(),
      noticeId: of.noticeId,
    } as const
    const [id] = await subjects.hold(ctx, warrant, [record], { roleAllowed: true, required: true, noticeGiven: true })
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'collection.made' }])
    return id as string
  })
}

const consent = (of: Debtor, recipientId: string) =>
  act(kit.world, worker(), ctx =>
    consents.give(ctx, {
      subjectId: of.subjectId,
      purpose: 'disclosure',
      recipientId,
      text: 'Ja, giv mit nummer videre.',
      textVersion: '1',
      language: 'da',
    }),
  )
const withdraw = (of: Debtor, recipientId: string) =>
  act(kit.world, worker(), ctx =>
    consents.withdraw(ctx, { subjectId: of.subjectId, purpose: 'disclosure', recipientId }),
  )

async function opened(
  bytes: Buffer,
): Promise<{ manifest: Record<string, string>; document: Record<string, unknown>; raw: string }> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const [manifest, raw] = (await decrypter.decrypt(bytes, 'text')).split('\n') as [string, string]
  return { manifest: JSON.parse(manifest), document: JSON.parse(raw), raw }
}

test('the creditor gets its own claim, the person one notice of exactly what went, due with the first', async () => {
  const asta = await person('D-1')
  const made = await toCreditor(asta)
  assert.deepEqual(made.fields, [
    'address',
    'city',
    'cpr',
    'currency',
    'due_date',
    'email',
    'name',
    'postcode',
    'principal',
    'reference',
  ])
  const told = await look(kit.world, worker(), from => notices.statusOf(from, asta.subjectId))
  const mine = told.filter(it => it.kind === 'disclosure')
  assert.equal(mine.length, 1)
  assert.deepEqual(
    [mine[0]!.noticeId, mine[0]!.fields, mine[0]!.recipientId],
    [made.noticeId, made.fields, asta.clientId],
  )
  const first = told.find(it => it.noticeId === asta.noticeId)!
  assert.equal(first.dueOn, mine[0]!.dueOn)
  const entries = await act(kit.world, worker(), async ctx => {
    await cases.hold(ctx, { caseId: asta.caseId, reason: 'claim', reviewOn: await in30Days() })
    return subjects.entriesOf(ctx, asta.subjectId)
  })
  const entry = entries.find(it => it.body?.kind === 'disclosure.made')!.body!
  assert.deepEqual([entry['recipient'], entry['notice'], entry['fields']], [asta.clientId, made.noticeId, made.fields])
})

test('the package opens for the recipient alone, and its signed manifest fits the frozen hash', async () => {
  const asta = await person('D-2')
  const made = await toCreditor(asta)
  const { bytes, fileName } = await fetchIt(made.disclosureId)
  assert.equal(fileName, `disclosure-${made.disclosureId}.age`)
  assert.match(bytes.toString('latin1'), /^age-encryption\.org\/v1\n-> mlkem768x25519 [^\n]+\n/)
  assert.ok(!bytes.includes('Prøvebjerg'))
  const { manifest, document, raw } = await opened(bytes)
  assert.equal(createHash('sha256').update(raw).digest('hex'), manifest['sha256'])
  assert.equal(manifest['sha256'], made.contentSha256)
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: kit.world.keys.signerPublicKey.toString('base64url') },
    format: 'jwk',
  })
  const signed = Buffer.from(`indsigt/disclosure/1\n${manifest['sha256']}\n`)
  assert.ok(verify(null, signed, publicKey, Buffer.from(manifest['signature']!, 'base64')))
  const values = Object.assign({}, ...(document['records'] as { values: object }[]).map(it => it.values)) as Record<
    string,
    string
  >
  assert.deepEqual([values['name'], values['principal']], ['Asta Prøvebjerg', '2340.50'])
  const stranger = new Decrypter()
  stranger.addIdentity(await generateX25519Identity())
  await assert.rejects(stranger.decrypt(bytes))
})

test('whoever is not on the list is refused by S21 and nothing is left behind', async () => {
  const asta = await person('D-3')
  const other = await client(kit, 'Havn Møbler', key)
  const lawyer = await party('lawyer', 'Advokat Uden For')
  const authority = await party('authority', 'Skattestyrelsen')
  const before = await kit.owner('select count(*)::int as n from notices.notice')
  const tries: [disclosure.Wanted['recipient'], string][] = [
    [{ kind: 'creditor', partyId: other }, 'disclosure.not_own_case'],
    [{ kind: 'lawyer', partyId: lawyer }, 'disclosure.not_own_case'],
    [{ kind: 'lawyer', partyId: asta.clientId }, 'disclosure.not_own_case'],
    [{ kind: 'lawyer' }, 'disclosure.not_own_case'],
    [{ kind: 'authority', partyId: authority }, 'disclosure.no_demand'],
    [{ kind: 'other', partyId: other }, 'disclosure.recipient_not_listed'],
    [{ kind: 'other' }, 'disclosure.recipient_not_listed'],
  ]
  for (const [recipient, rule] of tries) {
    await assert.rejects(disclose({ caseId: asta.caseId, recipient }), refusedBy('S21', rule), rule)
  }
  assert.deepEqual(await kit.owner('select count(*)::int as n from notices.notice'), before)
  assert.deepEqual(await kit.owner('select * from disclosure.disclosure where relationship_id = $1', [asta.caseId]), [])
})

test('the case’s lawyer gets it until another has the case; a former creditor gets nothing', async () => {
  const asta = await person('D-4')
  const [krog, holm] = [await party('lawyer', 'Advokat Krog'), await party('lawyer', 'Advokat Holm')]
  await act(kit.world, worker(), ctx => cases.assignLawyer(ctx, asta.caseId, krog))
  const made = await disclose({ caseId: asta.caseId, recipient: { kind: 'lawyer' } })
  assert.equal(made.recipientId, krog)
  await act(kit.world, worker(), ctx => cases.assignLawyer(ctx, asta.caseId, holm))
  await assert.rejects(
    disclose({ caseId: asta.caseId, recipient: { kind: 'lawyer', partyId: krog } }),
    refusedBy('S21'),
  )
  await assert.rejects(fetchIt(made.disclosureId), refusedBy('S21'), 'bytes made before do not leave after')
  await act(kit.world, worker(), ctx => cases.close(ctx, { caseId: asta.caseId, reason: 'assigned' }))
  await assert.rejects(toCreditor(asta), refusedBy('S21', 'disclosure.not_own_case'))
})

test('an authority gets what its demand covers: no other field, authority, day or case', async () => {
  const asta = await person('D-5')
  const [skat, politi] = [await party('authority', 'Gældsstyrelsen'), await party('authority', 'Fogedretten')]
  const demandId = await demandOf(asta, skat, ['name', 'address'])
  const made = await disclose({ caseId: asta.caseId, recipient: { kind: 'authority', demandId } })
  assert.deepEqual([made.recipientId, made.fields], [skat, ['address', 'name']])
  const beyond = { caseId: asta.caseId, recipient: { kind: 'authority', demandId }, fields: ['name', 'cpr'] } as const
  await assert.rejects(disclose(beyond), refusedBy('S21', 'disclosure.beyond_demand'))
  await assert.rejects(
    disclose({ caseId: asta.caseId, recipient: { kind: 'authority', partyId: politi, demandId } }),
    refusedBy('S21', 'disclosure.no_demand'),
  )
  const bo = await person('D-5b')
  await assert.rejects(
    disclose({ caseId: bo.caseId, recipient: { kind: 'authority', partyId: skat, demandId } }),
    refusedBy('S21', 'disclosure.no_demand'),
  )
  await kit.owner(
    'update work.demand set demanded_on = current_date - 9, valid_until = current_date - 3 where demand_id = $1',
    [demandId],
  )
  await assert.rejects(
    disclose({ caseId: asta.caseId, recipient: { kind: 'authority', demandId } }),
    refusedBy('S21', 'disclosure.beyond_demand'),
  )
})

test('what was typed on the site rides along only with a consent for this recipient', async () => {
  const asta = await person('D-6')
  const record = await webRecord(asta)
  const plain = await toCreditor(asta)
  assert.ok(!plain.fields.includes('fax'))
  const kept = plain.withheld.find(it => it.recordId === record)!
  assert.deepEqual([kept.code, kept.clause], ['disclosure.web_data_without_consent', 'S15'])
  await assert.rejects(
    toCreditor(asta, { fields: ['name', 'fax'] }),
    refusedBy('S15', 'disclosure.web_data_without_consent'),
  )
  const other = await client(kit, 'Havn Møbler', key)
  await consent(asta, other)
  await assert.rejects(toCreditor(asta, { fields: ['fax'] }), refusedBy('S15'), 'a consent for somebody else')
  await assert.rejects(
    disclose({ caseId: asta.caseId, recipient: { kind: 'creditor', partyId: other } }),
    refusedBy('S21'),
  )
  await consent(asta, asta.clientId)
  const made = await toCreditor(asta, { fields: ['name', 'fax'] })
  assert.deepEqual(made.fields, ['fax', 'name'])
  await withdraw(asta, asta.clientId)
  await assert.rejects(toCreditor(asta, { fields: ['fax'] }), refusedBy('S15'))
  await assert.rejects(fetchIt(made.disclosureId), refusedBy('S15'), 'withdrawn before the bytes left')
})

test('unknown fields are refused by name; a restricted record is not passed on, not even a packed one', async () => {
  const asta = await person('D-7')
  await assert.rejects(toCreditor(asta, { fields: ['shoe_size'] }), isProblem('request.invalid'))
  const made = await toCreditor(asta)
  await act(kit.world, worker(), async ctx => {
    await subjects.restrict(ctx, asta.subjectId, [asta.records.contact])
    await cases.hold(ctx, { caseId: asta.caseId, reason: 'dispute', reviewOn: await in30Days() })
  })
  await assert.rejects(fetchIt(made.disclosureId), refusedBy('S25', 'restriction.disclose'))
  await assert.rejects(toCreditor(asta, { fields: ['name', 'email'] }), refusedBy('S25', 'restriction.disclose'))
  const rest = await toCreditor(asta)
  assert.ok(!rest.fields.includes('email') && rest.fields.includes('name'))
})

test('S21: a package with one field that may no longer leave stays, though the rest of its record may go', async () => {
  const asta = await person('D-7b')
  const made = await toCreditor(asta)
  const known = kit.world.rules as CompiledPolicy
  const { document } = known
  const disclosing = document.purposes['disclosure']!
  const contact = disclosing.fields['debtor_contact']!.filter(field => field !== 'email')
  const fields = { ...disclosing.fields, debtor_contact: contact }
  const purposes = { ...document.purposes, disclosure: { ...disclosing, fields } }
  kit.world.rules = compile({ ...document, purposes }, known.sha256)
  try {
    await assert.rejects(fetchIt(made.disclosureId), (error: unknown) => {
      assert.ok(error instanceof Problem && error.code === 'policy.refused')
      return error.refusal.faults?.map(it => it.field).join() === 'email'
    })
  } finally {
    kit.world.rules = known
  }
  assert.ok((await fetchIt(made.disclosureId)).bytes.length > 0)
})

test('a client’s key fetches its own package; another’s is not there, an expired one has no bytes', async () => {
  const asta = await person('D-8')
  const made = await toCreditor(asta, { days: 1 })
  const own = kit.actor('client', 'api', asta.clientId)
  const strange = kit.actor('client', 'api', await client(kit, 'Havn Møbler', key))
  await assert.rejects(fetchIt(made.disclosureId, strange), isProblem('not_found'))
  await assert.rejects(fetchIt('4a0c4a40-0000-4000-8000-000000000000', strange), isProblem('not_found'))
  assert.equal((await fetchIt(made.disclosureId, own)).bytes.subarray(0, 3).toString(), 'age')
  await assert.rejects(
    disclose({ caseId: asta.caseId, recipient: { kind: 'creditor' } }, own),
    isProblem('identity.not_allowed'),
  )
  await kit.owner(`update disclosure.package set expires_at = now() - interval '1 second' where disclosure_id = $1`, [
    made.disclosureId,
  ])
  await assert.rejects(fetchIt(made.disclosureId, own), isProblem('disclosure.expired'))
  for (const job of jobs) await job.run(kit.world)
  const [left] = await kit.owner(
    'select bytes, package_sha256 is not null as proof from disclosure.package where disclosure_id = $1',
    [made.disclosureId],
  )
  assert.deepEqual(left, { bytes: null, proof: true })
})

test('without a key nothing is packed, and nobody is told of what did not happen', async () => {
  const bo = await debtor(kit, { client: 'Uden Nøgle ApS', reference: 'D-9' })
  await assert.rejects(toCreditor(bo), isProblem('disclosure.no_key'))
  assert.deepEqual(
    await kit.owner(`select * from notices.notice where subject_id = $1 and kind = 'disclosure'`, [bo.subjectId]),
    [],
  )
})

test('a held disclosure leaves no trace in what the person sees, and comes to light when it is released', async () => {
  const [ane, eva] = [await person('D-10'), await person('D-11')]
  const authority = await party('authority', 'Hvidvasksekretariatet')
  const seen = (of: Debtor) =>
    act(kit.world, worker(), async ctx => {
      await cases.hold(ctx, { caseId: of.caseId, reason: 'claim', reviewOn: await in30Days() })
      const entries = (await subjects.entriesOf(ctx, of.subjectId))
        .filter(it => it.visibleFrom !== null)
        .map(it => it.body?.kind)
      const told = (await notices.visibleStatusOf(ctx, of.subjectId)).map(it => [it.kind, it.state, it.dueOn])
      return { entries, told, disclosed: (await disclosure.toldOf(ctx, of.subjectId)).length }
    })
  const demandId = await demandOf(ane, authority, ['name'])
  const held = { ground: 'hvidvaskloven_38', reviewOn: await in30Days() } as const
  const wanted = { caseId: ane.caseId, recipient: { kind: 'authority', demandId }, held } as const
  await assert.rejects(disclose(wanted), isProblem('identity.not_allowed'), 'a case worker may not hold a notice')
  const made = await disclose(wanted, kit.actor('officer'))
  await fetchIt(made.disclosureId)
  assert.deepEqual(await seen(ane), await seen(eva))
  await assert.rejects(
    disclose({ caseId: eva.caseId, recipient: { kind: 'creditor' }, held }, kit.actor('officer')),
    isProblem('request.invalid'),
  )
  await act(kit.world, kit.actor('officer'), ctx => notices.release(ctx, made.noticeId))
  assert.equal((await seen(ane)).disclosed, 1)
})

test('asked twice with one Idempotency-Key, ten at a time: one disclosure, one notice', async () => {
  const asta = await person('D-12')
  const route = routes.find(it => it.id === 'disclose')!
  const actor = worker()
  const of = { actor, route: 'post /v1/cases/:caseId/disclosures', key: 'k-1', about: [asta.caseId], status: 201 }
  const call = {
    actor,
    params: { caseId: asta.caseId },
    body: { recipient: { kind: 'creditor' } },
    query: undefined,
    request: new Request('http://localhost'),
    language: 'da',
  } as const
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () => once(kit.world, of, world => route.handle({ ...call, world }))),
  )
  const ids = new Set(outcomes.map(it => (it.isRepeated ? it.resultId : it.answer.resultId)))
  assert.equal(ids.size, 1)
  const [row] = await kit.owner(
    `select (select count(*)::int from disclosure.disclosure where subject_id = $1) as made,
    (select count(*)::int from notices.notice where subject_id = $1 and kind = 'disclosure') as told`,
    [asta.subjectId],
  )
  assert.deepEqual(row, { made: 1, told: 1 })
})

test('the command line writes a private file of a neutral name, over nothing and through no link', async () => {
  const asta = await person('D-13')
  const run = (name: string, args: string[], options: Call['options'] = {}) =>
    commands
      .find(it => it.name === name)!
      .run({
        args,
        options,
        language: 'en',
        cwd: kit.folder,
        env: {},
        world: async () => kit.world,
        progress: () => undefined,
        actor: surface => kit.actor('admin', surface),
        ask: async () => '',
        input: async () => '',
      })
  const made = (await run('disclose', [asta.caseId], { to: 'creditor', fields: 'name,principal' }))
    .json as disclosure.Made
  const { file } = (await run('disclosure fetch', [made.disclosureId])).json as { file: string }
  assert.equal(basename(file), `disclosure-${made.disclosureId}.age`)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual((await opened(readFileSync(file))).document['fields'], ['name', 'principal'])
  await assert.rejects(run('disclosure fetch', [made.disclosureId]), { code: 'file/exists' })
  symlinkSync(join(kit.folder, 'elsewhere'), join(kit.folder, 'link'))
  await assert.rejects(run('disclosure fetch', [made.disclosureId], { out: 'link' }), { code: 'file/exists' })
  assert.ok(!existsSync(join(kit.folder, 'elsewhere')))
  await assert.rejects(run('disclose', [asta.caseId], { to: 'creditor', party: 'RKI Kreditbureau' }), refusedBy('S21'))
  await assert.rejects(
    run('disclose', [asta.caseId], { to: 'other', party: 'RKI Kreditbureau' }),
    refusedBy('S21', 'disclosure.recipient_not_listed'),
  )
  await assert.rejects(run('disclose', [asta.caseId], { to: 'everyone' }), isProblem('usage'))
  const listed = await run('disclosure list', [asta.caseId])
  assert.match(listed.lines.join('\n'), new RegExp(`${made.disclosureId} {2}creditor .* name,principal$`))
})
