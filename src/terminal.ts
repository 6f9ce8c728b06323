/** Standard input and output as commands use them: questions, whole documents, progress. */
import { createInterface, type Interface } from 'node:readline'
import { Problem, type Bilingual } from './platform/problems.ts'

export type Terminal = {
  readonly ask: (question: Bilingual) => Promise<string>
  readonly input: () => Promise<string>
  readonly progress: (line: string) => void
  /** Ends a line of progress and lets go of standard input. */
  close(): void
}

const INPUT_MOST = 1024 * 1024

/** Opens the terminal in a language; standard input is touched when first asked for. */
export function openTerminal(language: 'da' | 'en'): Terminal {
  let lines: { reader: Interface; next: AsyncIterator<string> } | undefined
  let isProgressing = false
  const endProgress = (): void => {
    if (isProgressing) process.stderr.write('\n')
    isProgressing = false
  }
  return {
    ask: async question => {
      endProgress()
      if (process.stdin.isTTY) process.stderr.write(`${question[language]} `)
      lines ??= openLines()
      const line = await lines.next.next()
      if (line.done === true) throw nothingRead(question)
      return line.value
    },
    input: async () => {
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > INPUT_MOST) throw new Problem('request.too_large')
        chunks.push(chunk)
      }
      return decoded(Buffer.concat(chunks))
    },
    progress: line => {
      if (!process.stderr.isTTY) return
      isProgressing = true
      process.stderr.write(`\r\u001b[2K${line}`)
    },
    close: () => {
      endProgress()
      if (!lines) return
      lines.reader.close()
      // A pipe that nobody closes would keep the process waiting; a file has no such handle.
      const { stdin } = process as { stdin: { unref?: () => void } }
      stdin.unref?.()
    },
  }
}

function openLines() {
  const reader = createInterface({ input: process.stdin, terminal: false })
  return { reader, next: reader[Symbol.asyncIterator]() }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('request.not_json')
  }
}

function nothingRead(question: Bilingual): Problem {
  return new Problem('usage', {
    detail: { da: `Der mangler et svar: ${question.da}`, en: `An answer is missing: ${question.en}` },
  })
}
