// An organisation whose software shares nothing with Pecan: oauth4webapi speaks OAuth and DPoP, jose signs and verifies.
// Holds a did:jwk, gets a credential from Hospital's issuer, buys a DPoP token with it, and uses the token at a resource server.
//
// Reads what it needs from its one argument, JSON: { issuerDid, authorizationServer, hospitalUrl, hospitalInternal, scope }.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'

const { issuerDid, authorizationServer, hospitalUrl, hospitalInternal, scope } = JSON.parse(process.argv[2])
const ANSWER_MAX_MS = 30_000

async function internal(path, body, contentType = 'application/json') {
  const response = await fetch(`${hospitalInternal}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: contentType === 'application/json' ? JSON.stringify(body) : new URLSearchParams(body),
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${path}: ${text}`)
  return JSON.parse(text)
}

// A holder with a key of its own.
const holderKeys = await jose.generateKeyPair('ES256')
const holderJwk = await jose.exportJWK(holderKeys.publicKey)
const holder = `did:jwk:${jose.base64url.encode(JSON.stringify(holderJwk))}`

// Its credential, and whether another library believes it.
const credential = await internal('/internal/vcr/v2/issuer/vc', {
  type: 'NutsOrganizationCredential',
  issuer: issuerDid,
  format: 'jwt_vc',
  withStatusList2021Revocation: true,
  credentialSubject: { id: holder, organization: { name: 'Independent', city: 'Elsewhere' } },
})
const documentPath = issuerDid.split(':').slice(3).join('/')
const documentResponse = await fetch(`${hospitalUrl}/${documentPath}/did.json`, { signal: AbortSignal.timeout(ANSWER_MAX_MS) })
const document = await documentResponse.json()
const { kid } = jose.decodeProtectedHeader(credential)
const method = document.verificationMethod.find((candidate) => candidate.id === kid)
const believed = await jose.jwtVerify(credential, await jose.importJWK(method.publicKeyJwk, 'ES256'), { issuer: issuerDid, subject: holder })
assert.equal(believed.payload.vc.credentialSubject[0].organization.name, 'Independent')

// Discovery (RFC 8414).
const identifier = new URL(authorizationServer)
const discovered = await oauth.discoveryRequest(identifier, { algorithm: 'oauth2', signal: AbortSignal.timeout(ANSWER_MAX_MS) })
const server = await oauth.processDiscoveryResponse(identifier, discovered)
assert.ok(server.grant_types_supported.includes('vp_token-bearer'))

// The grant, with a DPoP proof (RFC 9449) under a key that is not the holder's.
const client = { client_id: 'https://independent.example.nl/oauth2/client' }
const proofKeys = await oauth.generateKeyPair('ES256')
const DPoP = oauth.DPoP(client, proofKeys)
const assertion = await new jose.SignJWT({
  nonce: oauth.generateRandomNonce(),
  vp: {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiablePresentation'],
    verifiableCredential: [credential],
  },
})
  .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: `${holder}#0` })
  .setIssuer(holder)
  .setSubject(holder)
  .setJti(`${holder}#${crypto.randomUUID()}`)
  .setAudience(authorizationServer)
  .setIssuedAt()
  .setNotBefore('0s')
  .setExpirationTime('5s')
  .sign(holderKeys.privateKey)
const submission = {
  id: crypto.randomUUID(),
  definition_id: `pd_${scope}`,
  descriptor_map: [{ id: 'id_organization', format: 'jwt_vc', path: '$.verifiableCredential[0]' }],
}
const parameters = { scope, assertion, presentation_submission: JSON.stringify(submission) }
const granted = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), 'vp_token-bearer', parameters, {
  DPoP,
  signal: AbortSignal.timeout(ANSWER_MAX_MS),
})
const token = await oauth.processGenericTokenEndpointResponse(server, client, granted)
assert.equal(token.token_type, 'dpop')
assert.equal(token.expires_in, 900)

// A resource server that asks Hospital's node about token and proof, and checks the proof itself as well.
const proofs = []
const resource = createServer(async (request, response) => {
  try {
    const [scheme, accessToken] = request.headers.authorization.split(' ')
    assert.equal(scheme, 'DPoP')
    const proof = request.headers.dpop
    proofs.push(proof)
    const header = jose.decodeProtectedHeader(proof)
    await jose.jwtVerify(proof, await jose.importJWK(header.jwk, header.alg), { typ: 'dpop+jwt' })
    const known = await internal('/internal/auth/v2/accesstoken/introspect', { token: accessToken }, 'application/x-www-form-urlencoded')
    assert.equal(known.active, true)
    assert.equal(known.iss, authorizationServer)
    assert.equal(known.cnf.jkt, await jose.calculateJwkThumbprint(header.jwk))
    const { valid, reason } = await internal('/internal/auth/v2/dpop/validate', {
      dpop_proof: proof,
      method: request.method,
      url: `http://${request.headers.host}${request.url}`,
      token: accessToken,
      thumbprint: known.cnf.jkt,
    })
    response.writeHead(valid ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(valid ? known : { reason }))
  } catch (error) {
    response.writeHead(500)
    response.end(String(error))
  }
})
await new Promise((resolve) => resource.listen(0, '127.0.0.1', resolve))
const url = new URL(`http://127.0.0.1:${resource.address().port}/fhir/Patient?name=x`)
const used = await oauth.protectedResourceRequest(token.access_token, 'GET', url, new Headers(), null, {
  DPoP,
  [oauth.allowInsecureRequests]: true,
  signal: AbortSignal.timeout(ANSWER_MAX_MS),
})
const claims = await used.json()
assert.equal(used.status, 200, JSON.stringify(claims))
assert.equal(claims.organization_name, 'Independent')

// Whoever saw the proof cannot use it again.
const replayed = await fetch(url, {
  headers: { authorization: `DPoP ${token.access_token}`, dpop: proofs[0] },
  signal: AbortSignal.timeout(ANSWER_MAX_MS),
})
assert.equal(replayed.status, 401)
assert.deepEqual(await replayed.json(), { reason: 'jti already used' })

resource.close()
console.log('an independent client obtained and used a token')
