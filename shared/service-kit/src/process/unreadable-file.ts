/**
 * Says in one sentence why a configuration file cannot be read, and what to do about it. In a container, the file of a
 * clone that was made with a strict umask belongs to another user.
 *
 * @param error of `node:fs`
 */
export function explainUnreadableFile(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `There is no file ${file}.`
  if (code === 'EISDIR') return `${file} is a folder, not a file.`
  if (code === 'EACCES' || code === 'EPERM') {
    return `This process is not allowed to read ${file}. Make the file readable for every user: chmod a+r.`
  }
  return `${file} cannot be read: ${message}.`
}
