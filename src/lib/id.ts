/** Whether a text can be one of our ids: a UUID in lower case; PostgreSQL would take any other text for a fault. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
