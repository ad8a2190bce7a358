// The database that every test file starts from: migrated, with its views, and never connected to again.
const { connect } = await import('../dist/pipelines/platform/postgres.js')
const { migrate } = await import('../dist/pipelines/ledger/migrate.js')
const { createViews } = await import('../dist/pipelines/ledger/views.js')

async function on(url, work) {
  const session = await connect({ url, applicationName: 'caseload tests' })
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

/** Makes the template and returns its name. */
export async function makeTemplate(server) {
  const name = `caseload_template_${process.pid}`
  await dropTemplate(server, name)
  await on(server, session => session.query(`create database ${name}`))
  const url = new URL(server)
  url.pathname = `/${name}`
  await on(url.href, async session => {
    await migrate(session)
    await createViews(session)
  })
  return name
}

/** Drops the template. */
export async function dropTemplate(server, name) {
  await on(server, session => session.query(`drop database if exists ${name}`))
}
