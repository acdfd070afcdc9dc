/**
 * The reason why a configuration file cannot be read, and what to do, in one or two sentences. In a container, the file
 * belongs to another user, who may have cloned the repository with a strict umask.
 *
 * @param error the error of `node:fs`
 */
export function explainUnreadableFile(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `The file ${file} does not exist.`
  if (code === 'EISDIR') return `${file} is a folder, not a file.`
  if (code === 'EACCES' || code === 'EPERM') {
    return `This process is not allowed to read ${file}. Make the file readable for all users: chmod a+r ${file}.`
  }
  return `${file} cannot be read: ${message}.`
}
