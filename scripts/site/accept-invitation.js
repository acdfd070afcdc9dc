const form = document.querySelector('form')
const status = document.querySelector('[role=status]')
const token = new URL(location.href).searchParams.get('token')
if (!token) status.textContent = 'The address of this page has no token. Open the link in the mail again.'

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const password = new FormData(form).get('password')
  status.textContent = 'Sending …'
  try {
    const response = await fetch('/api/v1/auth/invitations/accept', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, password }),
    })
    const { user, detail, errors } = await response.json()
    const reasons = (errors ?? []).map(({ path, message }) => `${path} ${message}`)
    status.textContent = response.ok
      ? `The account ${user.email} is active. You can log in.`
      : [detail, ...reasons].join(' ')
  } catch {
    status.textContent = 'The server cannot be reached. Try again.'
  }
})
