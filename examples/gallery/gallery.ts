import { createClient, isProblem, listMedia, paginate, type Media } from '@likeness/client'
import { browser } from '@likeness/client/auth'
import { whenReady } from '@likeness/client/events'
import { createPicture } from '@likeness/client/picture'
import { upload } from '@likeness/client/upload'

const auth = browser()
const client = createClient({ auth })

const find = <Type extends HTMLElement>(selector: string) => document.querySelector(selector) as Type
const account = find<HTMLFormElement>('#account')
const files = find<HTMLInputElement>('#files')
const pictures = find('#pictures')

account.addEventListener('submit', (event) => {
  event.preventDefault()
  const { name = '', email = '', password = '' } = Object.fromEntries(new FormData(account)) as Record<string, string>
  const isNew = (event.submitter as HTMLButtonElement).value === 'register'
  void report(isNew ? auth.register({ name, email, password }) : auth.login({ email, password }))
})
find('#logout').addEventListener('click', () => report(auth.logout()))
files.addEventListener('change', () => report(addAll([...(files.files ?? [])])))

let shownUser: string | undefined

/** Shows the form, or the pictures of the user. Another tab can log in or out too. */
async function show(): Promise<void> {
  const { user } = auth
  account.hidden = Boolean(user)
  find('main').hidden = !user
  if (user?.id === shownUser) return
  shownUser = user?.id
  find('#user').textContent = user?.name ?? ''
  pictures.replaceChildren()
  if (!user) return
  for await (const media of paginate((after) => listMedia(client, { owner: user.id, after }))) {
    const card = createCard()
    pictures.append(card)
    void showOrExplain(card, media)
  }
}

/** Uploads three files at a time. */
async function addAll(chosen: File[]): Promise<void> {
  const waiting = chosen.map((file) => ({ file, card: createCard() }))
  pictures.prepend(...waiting.map(({ card }) => card))
  const addNext = async (): Promise<void> => {
    const next = waiting.shift()
    if (!next) return
    await report(add(next.file, next.card))
    await addNext()
  }
  await Promise.all([addNext(), addNext(), addNext()])
}

async function add(file: File, card: HTMLElement): Promise<void> {
  const bar = document.createElement('progress')
  card.replaceChildren(bar)
  try {
    const media = await upload(client, file, {
      // An <img> cannot send a token, so this gallery is public.
      visibility: 'public',
      alt: file.name.replace(/\.\w+$/, ''),
      onProgress: ({ ratio }) => (bar.value = ratio),
    })
    // The next upload does not wait until the sizes of this picture are rendered.
    void showOrExplain(card, media)
  } catch (error) {
    card.remove()
    throw error
  }
}

/** Shows an empty picture with the right proportions, and then the picture. */
async function showMedia(card: HTMLElement, media: Media): Promise<void> {
  card.replaceChildren(createPicture(media, { sizes: '240px' }))
  if (media.status === 'processing') await showMedia(card, await whenReady(client, media))
}

/** A picture that cannot be shown has the reason on its card. */
async function showOrExplain(card: HTMLElement, media: Media): Promise<void> {
  await showMedia(card, media).catch((error: Error) => card.replaceChildren(error.message))
}

const createCard = () => Object.assign(document.createElement('figure'), { className: 'card' })

/** Waits for work, and shows the sentence of a problem. */
async function report(work: Promise<unknown>): Promise<void> {
  try {
    await work
    find('#problem').textContent = ''
  } catch (error) {
    const [field] = isProblem(error) ? error.errors : []
    find('#problem').textContent = field ? `${field.path} ${field.message}` : (error as Error).message
  }
}

auth.subscribe(() => void report(show()))
void report(show())
