import test from 'ava'
import fc from 'fast-check'
import { redactor } from '../../pipelines/platform/redact.ts'

const urlOf = (password: string): string =>
  `postgresql://loader:${encodeURIComponent(password)}@db.example:5432/caseload?sslmode=require`

/** A message without a secret. */
const message = 'The database refused the stage'
const secrets = fc.string({ unit: 'binary', minLength: 4, maxLength: 40 }).filter(text => !/^[*]*$/.test(text))

test('any password is removed: raw, encoded, in JSON, in the connection string', t => {
  fc.assert(
    fc.property(secrets, password => {
      const url = urlOf(password)
      const redact = redactor({ DATABASE_URL: url })
      const forms = [url, password, encodeURIComponent(password), JSON.stringify(password).slice(1, -1)]
      for (const form of forms) {
        t.is(redact(`before ${form} after`).includes(form), false, form)
      }
    }),
  )
})

test('a secret becomes three stars, and the rest of the line stays', t => {
  const env = {
    DATABASE_URL: urlOf('p@ss/wörd'),
    PGPASSWORD: 'hunter2secret',
    CASELOAD_PSEUDONYM_KEY: 'Not-a-real-key-but-forty-characters-long\n',
    AWS_SECRET_ACCESS_KEY: 'aws+secret/access',
    AWS_SESSION_TOKEN: 'session=token==',
  }
  const redact = redactor(env)
  t.is(redact(`${message}: ${env.DATABASE_URL}.`), `${message}: ***.`)
  t.is(redact('user p@ss/wörd or p%40ss%2Fw%C3%B6rd'), 'user *** or ***')
  t.is(redact('hunter2secret, aws+secret/access, session=token=='), '***, ***, ***')
  t.is(redact('key Not-a-real-key-but-forty-characters-long!'), 'key ***!')
  t.is(redact(message), message)
  t.is(redactor({})(message), message)
})

test('the password of any URL and any connection string is removed, known or not', t => {
  const redact = redactor({})
  t.is(redact('postgresql://u:unknown@h:5432/d'), 'postgresql://u:***@h:5432/d')
  t.is(redact('postgresql://h/d?user=u&password=unknown&x=1'), 'postgresql://h/d?user=u&password=***&x=1')
  t.is(redact(`host=h password='two words' user=u`), 'host=h password=*** user=u')
  t.is(
    redact('at file:///app/dist/cli.js:12:3 and https://h:80/a@b'),
    'at file:///app/dist/cli.js:12:3 and https://h:80/a@b',
  )
})

test('a password in the query of DATABASE_URL, and one that breaks it as a URL, are removed', t => {
  t.is(redactor({ DATABASE_URL: 'postgresql://h/d?user=u&password=in%20query' })('in query in%20query'), '*** ***')
  t.is(redactor({ DATABASE_URL: 'postgresql://u:a/b#c@h/d' })('it is a/b#c'), 'it is ***')
})

test('a secret that is too short, or a word of our messages, is removed only where a password is expected', t => {
  for (const password of ['e', 'abc', 'caseload', 'postgres']) {
    const redact = redactor({ DATABASE_URL: `postgresql://u:${password}@h/d`, PGPASSWORD: password })
    t.is(redact('caseload: the server abc of postgres'), 'caseload: the server abc of postgres')
    t.is(redact(`postgresql://u:${password}@h/d`), '***')
    t.is(redact(`postgresql://u:${password}@other/d`), 'postgresql://u:***@other/d')
  }
})
