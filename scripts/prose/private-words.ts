/** Words that only this project used, each with the standard words of docs/terminology.md and plain English. */
const privateWords: readonly [words: RegExp, instead: string][] = [
  [/\bin hand\b/i, 'in-flight'],
  [/\bgiv(?:e|es|en|ing) back\b/i, 'requeue, return or release'],
  [/\b(?:bell|bells)\b/i, 'listener or notification'],
  [/\b(?:bury|buries|buried|burying)\b/i, 'store a dead job'],
  [/\b(?:owe|owes|owed|owing)\b/i, 'must, or not sent yet'],
  [/\b(?:go|goes|went|gone|going|is|are|was|were|stays?) away\b/i, 'is unavailable or unreachable'],
  [/\b(?:is|are|was|were|be|been) told\b/i, 'receives, is notified or is reported'],
  [/\b(?:hear|hears|heard)\b/i, 'receive or notice'],
  [/\bwhom\b/i, 'the noun itself'],
  [/\bsuch (?:a |an )?ones?\b/i, 'the noun itself'],
  [/\bwhoever\b/i, 'every user who, or each process that'],
  [/\banew\b/i, 'again'],
  [/\b(?:least|lowest) level\b/i, 'minimum log level'],
  [/\btak(?:e|es|en|ing) back\b/i, 'revert, revoke or undo'],
  [/\bno harm done\b/i, 'nothing changes'],
  [/\bfor want of\b/i, 'without'],
  [/\b(?:therefor|whereof|thereof|hereof|whereupon)\b/i, 'a new sentence'],
  [/\bhand(?:s|ed) on\b/i, 'forward or pass'],
  [/\bmay what\b/i, 'has the permissions that'],
]

export interface PrivateWord {
  found: string
  instead: string
}

/** The private words in a text, in the order of the list. */
export function findPrivateWords(text: string): PrivateWord[] {
  return privateWords.flatMap(([words, instead]) => {
    const found = words.exec(text)?.[0]
    return found === undefined ? [] : [{ found, instead }]
  })
}
