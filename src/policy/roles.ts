/** Who may do what: one table, role × task. A role that is not named here may not. */
import type { Role } from '../platform/world.ts'

export type Task =
  | 'adoptPolicy'
  | 'createKey'
  | 'registerParty'
  | 'importPortfolio'
  | 'workCase'
  | 'registerPayment'
  | 'registerDemand'
  | 'disclose'
  | 'fetchPackage'
  | 'takeConsent'
  | 'collect'
  | 'keepSite'
  | 'linkVisitor'
  | 'scanSites'
  | 'takeRequest'
  | 'answerRequest'
  | 'settleReview'
  | 'holdNotice'
  | 'sendNotices'
  | 'runRetention'
  | 'verifyLedger'

const MAY: { readonly [task in Task]: readonly Role[] } = {
  adoptPolicy: ['admin', 'officer', 'system'],
  createKey: ['admin'],
  registerParty: ['admin', 'caseWorker'],
  importPortfolio: ['admin', 'caseWorker', 'client'],
  workCase: ['admin', 'caseWorker'],
  registerPayment: ['admin', 'caseWorker'],
  registerDemand: ['admin', 'officer', 'caseWorker'],
  disclose: ['admin', 'caseWorker'],
  fetchPackage: ['admin', 'caseWorker', 'client'],
  collect: ['admin', 'officer', 'caseWorker', 'site'],
  keepSite: ['admin', 'site', 'system'],
  linkVisitor: ['admin', 'site'],
  scanSites: ['admin', 'officer', 'system'],
  takeConsent: ['admin', 'officer', 'caseWorker'],
  takeRequest: ['admin', 'officer', 'caseWorker'],
  answerRequest: ['admin', 'officer', 'caseWorker'],
  settleReview: ['admin', 'caseWorker'],
  holdNotice: ['admin', 'officer'],
  sendNotices: ['admin', 'system'],
  runRetention: ['admin', 'officer', 'system'],
  verifyLedger: ['admin', 'officer', 'auditor', 'system'],
}

/** Whether a role may do a task. */
export function may(role: Role, task: Task): boolean {
  return MAY[task].includes(role)
}
